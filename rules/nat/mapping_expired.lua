-- Whoever is behind the translator cannot be reached after a pause, until it speaks again by itself.
local PAUSE, UNHEARD, TWICE = 2, 2, 2

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

return rule {
	id = "nat.mapping_expired", step = "reachability", severity = "high", scope = "tunnel",
	trigger = { "lulls", "nat" },
	title = _"The NAT forgets the flow while it is quiet",
	say = {
		likely = _"After a pause {hidden} cannot be reached: {times} times {sender} sends into silence ({sent} packets, {frames}), until {hidden} speaks by itself and everything passes again. The NAT in front of {hidden} forgets the flow in less than {longest}.",
		possible = _"After a pause {sender} sends {sent} packets to {hidden} without an answer ({frames}), until {hidden} speaks by itself. A NAT that forgot the flow fits; so does traffic that asks for no answer. A capture at {hidden} tells whether the packets arrive.",
	},
	why = _"silent after a pause, until it speaks first",
	advise = {
		now = { _"Switch on NAT keepalives of 20 s or less at {hidden}, and DPD shorter than {longest}." },
		verify = { _"Leave the tunnel idle for {longest}, then ping from behind {sender}: the first packet is answered." },
		isp = _"Please tell us the timer of UDP mappings on the translator, and raise it: that of {hidden} port 4500 is dropped after less than {longest} without traffic. RFC 4787 REQ-5 asks for two minutes at the least and recommends five or more.",
		admin = { _"ASA: crypto isakmp nat-traversal 20; IOS: crypto isakmp nat keepalive 20", _"strongSwan: charon.keep_alive = 20s; Libreswan: nat-keepalive=yes" },
	},
	explains = { "life.dpd.dead", "life.flap.periodic", "data.esp.one_way" },
	references = { "RFC 3948 4", "RFC 4787 REQ-5", "RFC 4787 REQ-6" },
	when = function(t, c)
		for _, side in ipairs { "a", "b" } do
			local times, sent, seen, longest, at = 0, 0, {}, 0, 0
			for _, l in ipairs(may_hide(t, side) and t.vantage.side ~= side and t.lulls[side] or {}) do
				local silence = (l.to or l.last) - l.from
				if l.ended == "own" and l.sent >= UNHEARD and silence >= PAUSE and l.last - l.first >= 1 and not begins_large(t, other(side), l) then
					times, sent, longest, at = times + 1, sent + l.sent, math.max(longest, silence), l.last
					for _, f in ipairs(l.frames) do seen[#seen + 1] = f end
				end
			end
			-- one pause proves little, and nothing where a claimed NAT may be forced encapsulation
			if times >= TWICE or (times > 0 and t.nat.proof == "destination") then
				return {
					-- whose own side feigns a NAT meets others that do
					confidence = times >= TWICE and c.sees.both_ways == "yes" and not (t.nat.forced and t.nat.proof == "source") and "likely" or "possible", culprit = "nat", frames = seen, at = at,
					severity = times < TWICE and "medium" or nil,
					args = { hidden = address(t, side), sender = address(t, other(side)), times = count(times), sent = count(sent), frames = frames(seen), longest = duration(longest) },
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
		  tunnel = { vantage = { side = "b" }, nat = { behind = "a", proof = "destination" },
		             lulls = { a = { { from = 2, to = 12, first = 6, last = 11, sent = 6, ended = "own", frames = { 22, 29 } } }, b = {} } },
		  expect = { confidence = "possible", severity = "medium" } },
		{ name = "once, and the NAT is only claimed",
		  tunnel = { vantage = { side = "b" }, nat = { behind = "a", proof = "source" },
		             lulls = { a = { { from = 2, to = 12, first = 6, last = 11, sent = 6, ended = "own", frames = { 22, 29 } } }, b = {} } },
		  expect = "nothing" },
		{ name = "seen from behind the NAT itself nothing can be said",
		  tunnel = { vantage = { side = "a" }, nat = { behind = "a", proof = "destination" },
		             lulls = { a = { { from = 2, to = 12, first = 6, last = 11, sent = 6, ended = "own", frames = { 22, 29 } },
		                             { from = 13, to = 23, first = 17, last = 22, sent = 6, ended = "own", frames = { 37, 42 } } }, b = {} } },
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
