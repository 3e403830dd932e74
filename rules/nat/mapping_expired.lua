-- Whoever is behind the translator cannot be reached after a pause, until it speaks again by itself.
local PAUSE, UNHEARD, TWICE = 2, 2, 2
local EACH_TIME = _"%d times its packets bring no answer, until the other end speaks by itself and everything passes again"
local UNTIL_IT_SPEAKS = _"packets bring no answer until it speaks by itself, as they also do where nothing asks for one"
local NAT_REFUSES = _"ICMP port unreachable comes back from its address, but from another number of hops away than its own packets"

-- The end that the translator hides, as far as the hashes tell; else both may be.
local function may_hide(t, side)
	if t.nat and t.nat.behind then return t.nat.behind == side end
	return false
end

local function same(f, g)
	return f == g or type(f) == "table" and type(g) == "table" and f[1] == g[1] and f[2] == g[2]
end

-- A silence that begins with a large packet is about its size, not about a pause.
local function begins_large(t, sender, l)
	for _, f in ipairs(t.pmtu and t.pmtu[sender] and t.pmtu[sender].esp_large_frames or {}) do
		if same(f, l.frames[1]) then return true end
	end
	return false
end

-- RFC 792: the translator itself refuses what it has no mapping for, with the address that it shares with the hidden host.
local function refused_by_nat(t, side)
	local own = t.looks and t.looks[side] and t.looks[side].ike_hops
	for _, g in ipairs(t.works and own and own.min == own.max and t.icmp or {}) do
		if g.name == "port_unreachable" and g.matched and g.from_peer and g.quoted_from ~= side and not g.quotes_answer and g.dport == 4500
		   and g.count >= TWICE and g.ttl ~= own.min and t.works.since < g.first then
			for _, l in ipairs(t.lulls[side]) do
				if l.from < g.first and g.first - l.from >= PAUSE and (l.to or g.first) >= g.first then return g, g.first - l.from end
			end
		end
	end
end

return rule {
	id = "nat.mapping_expired", step = "reachability", severity = "high", scope = "tunnel",
	trigger = { "lulls", "nat" },
	title = _"The NAT forgets the flow while it is quiet",
	say = {
		likely = _"After a pause {sender} does not reach {hidden}: {what} ({frames}). The NAT in front of {hidden} forgets the flow in less than {longest}.",
		possible = _"After a pause {sender} does not reach {hidden}: {what} ({frames}). A NAT in front of {hidden} that forgot the flow fits; a capture at {hidden} tells whether the packets arrive.",
	},
	sure = { likely = "after each pause anew, or with an error from as far away as the translator" },
	why = _"silent after a pause, until it speaks first",
	advise = {
		now = { _"Switch on NAT keepalives at {hidden}, more often than every {longest}." },
		verify = { _"Leave the tunnel idle for {longest}, then ping from behind {sender}: the first packet is answered." },
		isp = _"Please tell us the timer of UDP mappings on the translator, and raise it: that of {hidden} port 4500 is dropped after less than {longest} without traffic. RFC 4787 REQ-5 asks for two minutes at the least and recommends five or more.",
		admin = { _"ASA: crypto isakmp nat-traversal 20; IOS: crypto isakmp nat keepalive 20", _"strongSwan: charon.keep_alive = 20s; Libreswan: nat-keepalive=yes" },
	},
	explains = { "life.dpd.dead", "life.flap.periodic", "data.esp.one_way", "path.icmp.port_unreachable" },
	references = { "RFC 3948 4", "RFC 4787 REQ-5", "RFC 4787 REQ-6" },
	when = function(t, c)
		for _, side in ipairs { "a", "b" } do
			local times, seen, longest, at = 0, {}, 0, 0
			for _, l in ipairs(may_hide(t, side) and t.vantage.side ~= side and t.lulls[side] or {}) do
				local silence = (l.to or l.last) - l.from
				if l.ended == "own" and l.sent >= UNHEARD and silence >= PAUSE and l.last - l.first >= 1 and not begins_large(t, other(side), l) then
					times, longest, at = times + 1, math.max(longest, silence), l.last
					append(seen, l.frames)
				end
			end
			-- one pause proves little, and nothing where a claimed NAT may be forced encapsulation
			if times >= TWICE or (times > 0 and t.nat.certain) then
				-- whose own side feigns a NAT meets others that do
				local sure = times >= TWICE and c.sees.both_ways == "yes" and not (t.nat.forced and t.nat.proof == "source")
				return {
					confidence = sure and "likely" or "possible", culprit = "nat", frames = seen, at = at,
					severity = times < TWICE and "medium" or nil,
					args = { hidden = address(t, side), sender = address(t, other(side)), frames = frames(seen), longest = duration(longest),
					         what = sure and string.format(EACH_TIME, times) or UNTIL_IT_SPEAKS },
				}
			end
			local g, pause = nil, nil
			if may_hide(t, side) and t.vantage.side ~= side then g, pause = refused_by_nat(t, side) end
			if g then
				return {
					confidence = "likely", culprit = "nat", frames = g.frames, at = g.last, filter = "icmp.type==3 && icmp.code==3 || icmpv6.type==1 && icmpv6.code==4 || udp.port==4500",
					args = { hidden = address(t, side), sender = address(t, other(side)), frames = frames(g.frames), longest = duration(pause), what = NAT_REFUSES },
				}
			end
		end
	end,
	tests = {
		{ name = "twice it has to speak first",
		  tunnel = { vantage = { side = "b" }, nat = { behind = "a", proof = "source" },
		             lulls = { a = { { from = 2, to = 12, first = 6, last = 11, sent = 6, ended = "own", frames = { 22, 29 } },
		                             { from = 13, to = 23, first = 17, last = 22, sent = 6, ended = "own", frames = { 37, 42 } } }, b = {} } },
		  expect = { confidence = "likely", culprit = "nat" } },
		{ name = "the silence begins with large packets: a matter of size",
		  tunnel = { vantage = { side = "b" }, nat = { behind = "a", proof = "source" }, pmtu = { a = {}, b = { esp_large_frames = { 22, 37 } } },
		             lulls = { a = { { from = 2, to = 12, first = 6, last = 11, sent = 6, ended = "own", frames = { 22, 29 } },
		                             { from = 13, to = 23, first = 17, last = 22, sent = 6, ended = "own", frames = { 37, 42 } } }, b = {} } },
		  expect = "nothing" },
		{ name = "once is only possible",
		  tunnel = { vantage = { side = "b" }, nat = { behind = "a", proof = "destination", certain = true },
		             lulls = { a = { { from = 2, to = 12, first = 6, last = 11, sent = 6, ended = "own", frames = { 22, 29 } } }, b = {} } },
		  expect = { confidence = "possible", severity = "medium" } },
		{ name = "once, and the NAT is only claimed",
		  tunnel = { vantage = { side = "b" }, nat = { behind = "a", proof = "source" },
		             lulls = { a = { { from = 2, to = 12, first = 6, last = 11, sent = 6, ended = "own", frames = { 22, 29 } } }, b = {} } },
		  expect = "nothing" },
		{ name = "seen from behind the NAT itself nothing can be said",
		  tunnel = { vantage = { side = "a" }, nat = { behind = "a", proof = "destination", certain = true },
		             lulls = { a = { { from = 2, to = 12, first = 6, last = 11, sent = 6, ended = "own", frames = { 22, 29 } },
		                             { from = 13, to = 23, first = 17, last = 22, sent = 6, ended = "own", frames = { 37, 42 } } }, b = {} } },
		  expect = "nothing" },
		{ name = "the translator refuses by itself, from its own distance",
		  tunnel = { vantage = { side = "b" }, nat = { behind = "a", proof = "source" }, works = { since = 1, last = 34 },
		             looks = { a = { ike_hops = { min = 63, max = 63 } } }, lulls = { a = { { from = 34, first = 35, last = 55, sent = 4, ended = "never", frames = { 98 } } }, b = {} },
		             icmp = { { name = "port_unreachable", matched = true, from_peer = true, quoted_from = "b", dport = 4500, count = 3, ttl = 64, first = 44, last = 55, frames = { 100 } } } },
		  expect = { confidence = "likely", culprit = "nat" } },
		{ name = "the host refuses by itself: its service is down",
		  tunnel = { vantage = { side = "b" }, nat = { behind = "a", proof = "source" }, works = { since = 1, last = 34 },
		             looks = { a = { ike_hops = { min = 63, max = 63 } } }, lulls = { a = { { from = 34, first = 35, last = 55, sent = 4, ended = "never", frames = { 98 } } }, b = {} },
		             icmp = { { name = "port_unreachable", matched = true, from_peer = true, quoted_from = "b", dport = 4500, count = 3, ttl = 63, first = 44, last = 55, frames = { 100 } } } },
		  expect = "nothing" },
		{ name = "an answer ends the silence: it was heard",
		  tunnel = { vantage = { side = "b" }, nat = { behind = "a", proof = "source" },
		             lulls = { a = { { from = 2, to = 12, first = 6, last = 11, sent = 6, ended = "answer", frames = { 22, 29 } } }, b = {} } },
		  expect = "nothing" },
		{ name = "no NAT in front of the silent side",
		  tunnel = { vantage = { side = "b" }, nat = { proof = "none" },
		             lulls = { a = { { from = 2, to = 12, first = 6, last = 11, sent = 6, ended = "own", frames = { 22, 29 } } }, b = {} } },
		  expect = "nothing" },
	},
}
