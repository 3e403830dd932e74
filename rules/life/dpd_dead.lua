-- RFC 7296 2.4, RFC 3706: a tunnel that worked, and then one end answers nothing more.
local V1_PROBES, V2_SENDS = 3, 3

local GONE = _"%s is gone, or the path to it is"
local HOST = _"Its host is still there and refuses the packets (ICMP): the VPN service of %s is down, or was restarted"
local ROUTER = _"%s says (ICMP) that it cannot reach %s any more"

-- What ICMP says about packets to that side after the tunnel worked: its own host refuses, or a router gives up.
local function told_by_icmp(t, silent, since)
	for _, g in ipairs(t.icmp or {}) do
		local refused = g.name == "port_unreachable" or g.name == "protocol_unreachable"
		if g.matched and g.quoted_from == other(silent) and g.last >= since and not g.from_local then
			local own = t.looks and t.looks[silent] and t.looks[silent].ike_hops
			local elsewhere = own and g.ttl and (g.ttl < own.min or g.ttl > own.max) -- a translator with the same address
			if refused and g.from_peer and g.count >= 2 and not elsewhere then return string.format(HOST, address(t, silent)), true, g.frames end
			if g.name == "host_unreachable" or g.name == "net_unreachable" or g.name == "no_route" then return string.format(ROUTER, g.source, address(t, silent)), false, g.frames end
		end
	end
	return string.format(GONE, address(t, silent)), false, {}
end

-- The last thing that `side` said in this tunnel, and the frames of it.
local function last_of(t, side)
	local last = t.data and t.data[side] and t.data[side].last or nil
	for _, a in ipairs(t.attempts) do
		for _, x in ipairs(a.exchanges) do
			local h = x.from == side and x.sends > 0 and x or x.from ~= side and x.answered and x.answer or nil
			if h and (not last or h.last > last) then last = h.last end
		end
	end
	return last
end

-- IKEv1 has no answers on this level: probes since the other end fell silent.
local function v1_probes(a, side, since)
	local n, seen, first, last = 0, {}, nil, nil
	for _, x in ipairs(a.exchanges) do
		if x.from == side and x.sends > 0 and x.first > since and x.type == "INFORMATIONAL_V1" then
			n, first, last = n + x.sends, first or x.first, x.last
			append(seen, x.frames)
		end
	end
	return n, seen, first, last
end

return rule {
	id = "life.dpd.dead", step = "lifecycle", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The peer stops answering, the tunnel is dead",
	say = {
		confirmed = _"{silent} stops answering: the login worked, {silent} is last heard at {since}, and {asker} then asks {asked} times without a reply ({frames}). {meaning}.",
		likely = _"{silent} stops answering: it is last heard at {since}, and {asker} then asks {asked} times without a reply ({frames}). The start of the tunnel is not in this recording. {meaning}.",
	},
	sure = { likely = "peer and path are both named" },
	why = _"asked {asked} times without a reply since {since}",
	advise = {
		now = { _"Is {silent} reachable at all (ping, another service), and does its VPN service run?",
		        _"Record at {silent}: do the requests arrive there?" },
		verify = { _"Build the tunnel anew and wait for the next check of {asker}. This filter must show frames of {silent}: (isakmp.exchangetype==37 || isakmp.exchangetype==5) && ip.src=={silent}" },
		isp = _"Please check the route between {asker} and {silent}, and every stateful device on it, at {since}: our tunnel worked until then, and since then no IKE or ESP of {silent} arrives. {meaning}.",
		admin = { _"Record at {silent}: tcpdump -ni IF -s0 -w FILE 'host {asker} or icmp or icmp6'; ASA: capture X interface outside packet-length 1600 match ip host {asker} host {silent}", _"ASA: show crypto ikev2 sa detail, show vpn-sessiondb detail l2l; isakmp keepalive threshold and retry", _"strongSwan: swanctl --list-sas, dpd_delay; Libreswan: ipsec status, dpddelay" },
	},
	explains = { "path.icmp.port_unreachable", "path.icmp.protocol_unreachable", "path.icmp.unreachable", "path.icmp.admin_prohibited", "path.icmp.ttl_exceeded", "data.esp.one_way",
	             "path.udp500.no_reply", "path.esp.blocked", "life.half_open", "ike1.quick.no_reply", "ike.auth.no_reply", "peer.silent", "path.pmtu.blackhole", "path.pmtu.v6" },
	references = { "RFC 7296 2.4", "RFC 3706" },
	when = function(t, c)
		local function finding(a, silent, seen, asked, since, last)
			local up = a.established or a.stage == "authenticated" or (t.established and t.established.first <= since)
			local meaning, refuses, told = told_by_icmp(t, silent, since)
			return {
				confidence = (up and c.sees.both_ways == "yes") and "confirmed" or "likely",
				culprit = t.vantage.side == silent and "local" or refuses and "peer" or "unknown", frames = append({}, seen, told), at = last,
				severity = t.works and t.works.since > last and "high" or nil,
				args = { silent = address(t, silent), asker = address(t, other(silent)), asked = count(asked), since = time(since), frames = frames(seen), meaning = meaning },
			}
		end
		for i, a in ipairs(t.attempts) do
			for _, x in ipairs(a.exchanges) do
				local silent = x.to
				local kind = x.type == "INFORMATIONAL" or x.type == "CREATE_CHILD_SA"
				if kind and x.sends >= V2_SENDS and not x.answered and waited(x) and not x.partial_answer and (a.established or a.stage == "authenticated" or not a.from_start) and t.both_ways then
					local alive = t.data and t.data[silent] and t.data[silent].last and t.data[silent].last > x.first + 2
					local since = 0
					for _, y in ipairs(a.exchanges) do
						local h = y.from == silent and y.sends > 0 and y or y.from ~= silent and y.answered and y.answer or nil
						if h and h.last > x.first then alive = true end
						if h then since = math.max(since, h.last) end
					end
					if t.data and t.data[silent] and t.data[silent].last and t.data[silent].last < x.first + 2 then since = math.max(since, t.data[silent].last) end
					if not alive and since > 0 then return finding(a, silent, x.frames, x.sends, since, x.last) end
				end
			end
			if a.version == 1 and t.both_ways and (a.established or not a.from_start) then
				for _, silent in ipairs { "a", "b" } do
					local since = last_of(t, silent)
					if since and not (a.deleted and a.deleted.at < since) then
						local n, seen, first, last = v1_probes(a, other(silent), since)
						if n >= V1_PROBES and last - first >= 2 and t.span.capture_end - last >= 0 and first - since < 3600 then
							return finding(a, silent, seen, n, since, last)
						end
					end
				end
			end
		end
		local s = t.silence
		if s and s.asked >= V2_SENDS and s.last_asked - s.since >= 10 and t.established then
			local meaning, refuses, told = told_by_icmp(t, s.by, s.since)
			return {
				confidence = c.sees.both_ways == "yes" and "confirmed" or "likely", culprit = t.vantage.side == s.by and "local" or refuses and "peer" or "unknown",
				frames = append({}, s.frames, told), at = s.last_asked,
				args = { silent = address(t, s.by), asker = address(t, other(s.by)), asked = count(s.asked), since = time(s.since), frames = frames(s.frames), meaning = meaning },
			}
		end
	end,
	tests = {
		{ name = "five unanswered checks of a tunnel that was up",
		  tunnel = { data = { a = { last = 60 }, b = { last = 20 } }, attempts = { { version = 2, from_start = true, established = "inferred", exchanges = {
		    { type = "IKE_AUTH", from = "a", to = "b", sends = 1, first = 1, last = 1, answered = true, answer = { first = 1.1, last = 1.1 } },
		    { type = "INFORMATIONAL", from = "a", to = "b", sends = 6, first = 30, last = 119, answered = false, quiet = true, frames = { 40, 41 } } } } } },
		  expect = { confidence = "confirmed", culprit = "unknown", severity = "critical" } },
		{ name = "three times and given up: the recording goes on long enough",
		  tunnel = { data = { a = { last = 60 }, b = { last = 20 } }, attempts = { { version = 2, from_start = true, established = "inferred", exchanges = {
		    { type = "IKE_AUTH", from = "a", to = "b", sends = 1, first = 1, last = 1, answered = true, answer = { first = 1.1, last = 1.1 } },
		    { type = "INFORMATIONAL", from = "a", to = "b", sends = 3, first = 30, last = 119, answered = false, quiet = true, frames = { 40, 41 } } } } } },
		  expect = { confidence = "confirmed", culprit = "unknown", severity = "critical" } },
		{ name = "the same, and its answer may be in a hole of the recording",
		  tunnel = { data = { a = { last = 60 }, b = { last = 20 } }, attempts = { { version = 2, from_start = true, established = "inferred", exchanges = {
		    { type = "IKE_AUTH", from = "a", to = "b", sends = 1, first = 1, last = 1, answered = true, answer = { first = 1.1, last = 1.1 } },
		    { type = "INFORMATIONAL", from = "a", to = "b", sends = 6, first = 30, last = 119, answered = false, hole = true, quiet = false, frames = { 40, 41 } } } } } },
		  expect = "nothing" },
		{ name = "its host refuses: the service is down, not the path",
		  tunnel = { data = { a = { last = 60 }, b = { last = 20 } }, attempts = { { version = 2, from_start = true, established = "inferred", exchanges = {
		    { type = "IKE_AUTH", from = "a", to = "b", sends = 1, first = 1, last = 1, answered = true, answer = { first = 1.1, last = 1.1 } },
		    { type = "INFORMATIONAL", from = "a", to = "b", sends = 6, first = 30, last = 119, answered = false, quiet = true, frames = { 40, 41 } } } } },
		    icmp = { { name = "port_unreachable", matched = true, from_peer = true, from_local = false, quoted_from = "a", count = 5, first = 25, last = 100, source = "203.0.113.10", frames = { 30 } } } },
		  expect = { confidence = "confirmed", culprit = "peer", text_has = "host is still there" } },
		{ name = "the start was not recorded",
		  tunnel = { data = { a = { last = 60 }, b = { last = 20 } }, attempts = { { version = 2, from_start = false, exchanges = {
		    { type = "INFORMATIONAL", from = "a", to = "b", sends = 6, first = 30, last = 119, answered = false, quiet = true, frames = { 40, 41 } } } } } },
		  expect = { confidence = "likely" } },
		{ name = "IKEv1: probes with new numbers, no acknowledgement",
		  tunnel = { data = { a = { last = 60 }, b = { last = 20 } }, attempts = { { version = 1, from_start = true, established = "inferred", exchanges = {
		    { type = "INFORMATIONAL_V1", from = "a", to = "b", sends = 1, first = 30, last = 30, answered = false, frames = { 40 } },
		    { type = "INFORMATIONAL_V1", from = "a", to = "b", sends = 1, first = 32, last = 32, answered = false, frames = { 41 } },
		    { type = "INFORMATIONAL_V1", from = "a", to = "b", sends = 1, first = 34, last = 34, answered = false, frames = { 42 } } } } } },
		  expect = { confidence = "confirmed" } },
		{ name = "data of the silent end goes on: life.dpd.selective",
		  tunnel = { data = { a = { last = 60 }, b = { last = 90 } }, attempts = { { version = 2, from_start = true, established = "inferred", exchanges = {
		    { type = "IKE_AUTH", from = "a", to = "b", sends = 1, first = 1, last = 1, answered = true, answer = { first = 1.1, last = 1.1 } },
		    { type = "INFORMATIONAL", from = "a", to = "b", sends = 6, first = 30, last = 119, answered = false, quiet = true, frames = { 40, 41 } } } } } },
		  expect = "nothing" },
		{ name = "its own request comes again: it speaks, and does not hear",
		  tunnel = { attempts = { { version = 2, from_start = true, established = "inferred", exchanges = {
		    { type = "IKE_AUTH", from = "b", to = "a", sends = 5, first = 1, last = 49, answered = true, answer = { first = 1.1, last = 49.1 } },
		    { type = "INFORMATIONAL", from = "a", to = "b", sends = 5, first = 1.2, last = 49.2, answered = false, quiet = true, frames = { 40, 41 } } } } } },
		  expect = "nothing" },
		{ name = "one direction only was recorded",
		  tunnel = { both_ways = false, data = { a = { last = 60 }, b = {} }, attempts = { { version = 2, from_start = true, established = "inferred", exchanges = {
		    { type = "INFORMATIONAL", from = "a", to = "b", sends = 6, first = 30, last = 119, answered = false, quiet = true, frames = { 40, 41 } } } } } },
		  capture = { sees = { both_ways = "no", icmp = "yes", frags = "yes", esp = "yes", p4500 = "yes" } },
		  expect = "nothing" },
		{ name = "answered after a resend",
		  tunnel = { data = { a = { last = 60 }, b = { last = 60 } }, attempts = { { version = 2, from_start = true, established = "inferred", exchanges = {
		    { type = "INFORMATIONAL", from = "a", to = "b", sends = 3, first = 30, last = 41, answered = true, quiet = true, frames = { 40, 41 }, answer = { first = 42, last = 42 } } } } } },
		  expect = "nothing" },
	},
}
