-- Traffic in one direction only, in the whole file or from some moment on.
local PACKETS, SECONDS = 20, 10
local FEW, MOMENT = 5, 1 -- enough for a possible

-- One sender, many receivers: no tunnel between two (routing protocols under AH).
local function multicast(address)
	if has(address, ":") then return starts(address, "ff") end
	local first = tonumber(string.sub(address, 1, 3)) or 0
	return first >= 224 and first <= 239
end

-- IKE of the silent side after that moment: it lives, only its data is missing.
local function ike_alive(t, silent, since)
	for _, a in ipairs(t.attempts or {}) do
		for _, x in ipairs(a.exchanges) do
			if x.from == silent and x.sends > 0 and x.last > since then return true end
			if x.from ~= silent and x.answered and x.answer.last > since then return true end
		end
	end
	return false
end

-- What is on its way when one end pauses arrives for a round trip more: the shortest wait for an answer, from the first send.
local function round_trip(t)
	local best
	for _, a in ipairs(t.attempts or {}) do
		for _, x in ipairs(a.exchanges) do
			local wait = x.answered and x.sends > 0 and x.first and x.answer.first and x.answer.first - x.first
			if wait and wait >= 0 and (not best or wait < best) then best = wait end
		end
	end
	return best or 0
end

-- Answers to requests that are not here, and nothing at all of the other side: it spoke, the file has it not.
local function half_a_talk(t)
	if t.both_ways then return false end
	for _, a in ipairs(t.attempts or {}) do
		for _, x in ipairs(a.exchanges) do
			if x.answered and x.sends == 0 then return true end
		end
	end
	return false
end

return rule {
	id = "data.esp.one_way", step = "data", severity = "critical", scope = "tunnel",
	trigger = { "data" },
	title = _"Traffic flows in one direction only",
	say = {
		confirmed = _"From {since} on data flows from {sender} to {silent} only: {packets} packets one way ({frames}) and {back} back, while IKE still gets through both ways.",
		likely = _"From {since} on data flows from {sender} to {silent} only: {packets} packets one way ({frames}) and {back} back. An application that only sends looks the same; a ping through the tunnel decides.",
		possible = _"From {since} on data flows from {sender} to {silent} only: {packets} packets one way ({frames}) and {back} back. A recording that is too short or holds one direction only, or an application that only sends, looks the same; a longer one at {silent} decides.",
	},
	why = _"{packets} packets from {sender}, {back} back",
	advise = {
		now = { _"Compare the counters of both ends: what one end encrypts (encaps) and the other never decrypts (decaps) is lost on the way; where {silent} decrypts and encrypts nothing, its inner network does not answer.",
		        _"Record at {silent}: does the data of {sender} arrive there, and does it send any?" },
		verify = { _"Send pings through the tunnel in both directions. This filter must show frames after each ping: esp && ip.src=={silent}" },
		isp = _"Please check that the data of this tunnel passes in both directions between {sender} and {silent}: IP protocol 50 (ESP, not a port), and UDP 4500 where a translator is on the way. It is sent by {sender}, and none comes back.",
		admin = { _"ASA, IOS: show crypto ipsec sa peer (encaps, decaps); Linux: ip -s xfrm state", _"Check route, firewall and NAT exemption inside {silent}",
		          _"Record at {silent}: tcpdump -ni IF -s0 -w FILE 'host {sender} or icmp or icmp6 or (ip[6:2] & 0x1fff != 0)'; ASA: capture X interface outside packet-length 1600 match ip host {sender} host {silent}" },
	},
	explains = { "life.half_open" },
	references = { "RFC 4303 2", "RFC 4301 5.2" },
	when = function(t, c)
		-- its packets may be among those of a neighbour; an answer that was there and is not here proves a gap in the file
		if t.spare_flows or (t.ghosts and not t.both_ways) then return nil end
		if c.sees.esp == "no" or multicast(address(t, "a")) or multicast(address(t, "b")) then return nil end
		for _, side in ipairs { "a", "b" } do
			local out, back = t.data[side], t.data[other(side)]
			-- in the whole file
			if out.packets >= FEW and back.packets == 0 and out.last - out.first >= MOMENT and t.span.capture_end - out.first >= MOMENT + 2 * round_trip(t) then
				if half_a_talk(t) then return nil end
				local alive = ike_alive(t, other(side), out.first)
				local seen_both = t.both_ways and c.sees.both_ways == "yes"
				local many = out.packets >= PACKETS and out.last - out.first >= SECONDS
				return {
					confidence = not seen_both and "possible" or (many and alive) and "confirmed" or (many or alive) and "likely" or "possible",
					culprit = "unknown", frames = out.frames, at = out.last, filter = "esp", severity = not seen_both and "medium" or nil,
					args = { sender = address(t, side), silent = address(t, other(side)), since = time(out.first), packets = count(out.packets), back = count(0), frames = frames(out.frames) },
				}
			end
			-- from some moment on
			if out.packets >= FEW and back.packets > 0 and t.both_ways and out.last - back.last >= MOMENT + 2 * round_trip(t) then
				local after, seen = out.after or 0, out.after_frames
				if after >= FEW then
					local many = after >= PACKETS and out.last - back.last >= SECONDS
					return {
						confidence = many and ike_alive(t, other(side), back.last + MOMENT) and "likely" or "possible", culprit = "unknown", frames = seen, at = out.last, filter = "esp",
						severity = not many and "high" or nil,
						args = { sender = address(t, side), silent = address(t, other(side)), since = time(back.last), packets = count(after), back = count(0), frames = frames(seen) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "thirty packets out, none back, IKE answers",
		  tunnel = { data = { a = { packets = 30, first = 5, last = 40, frames = { 9, 10 } }, b = { packets = 0 } },
		             attempts = { { exchanges = { { type = "INFORMATIONAL", from = "a", to = "b", sends = 1, last = 30, answered = true, answer = { last = 30.1 } } } } } },
		  expect = { confidence = "confirmed", severity = "critical" } },
		{ name = "without IKE beside it only likely",
		  tunnel = { data = { a = { packets = 30, first = 5, last = 40, frames = { 9, 10 } }, b = { packets = 0 } }, attempts = {} },
		  expect = { confidence = "likely" } },
		{ name = "six packets in a second",
		  tunnel = { data = { a = { packets = 6, first = 5, last = 6.3, frames = { 9, 10 } }, b = { packets = 0 } }, attempts = {} },
		  expect = { confidence = "possible", severity = "critical" } },
		{ name = "one side falls silent in the middle",
		  tunnel = { data = { a = { packets = 60, first = 5, last = 60, frames = { 9, 10 }, after = 40, after_frames = { 41, 90 } }, b = { packets = 20, first = 5, last = 20, frames = { 11 }, after = 0 } },
		             attempts = { { exchanges = { { type = "INFORMATIONAL", from = "a", to = "b", sends = 1, last = 50, answered = true, answer = { last = 50.1 } } } } } },
		  expect = { confidence = "likely" } },
		{ name = "answers without their requests: the other direction was not recorded",
		  tunnel = { both_ways = false, data = { a = { packets = 30, first = 5, last = 40, frames = { 9, 10 } }, b = { packets = 0 } },
		             attempts = { { exchanges = { { type = "MAIN_1", from = "b", to = "a", sends = 0, answered = true, answer = { first = 1, last = 1 } } } } } },
		  expect = "nothing" },
		{ name = "a way of two and a half seconds: the recording ends before an answer could come",
		  tunnel = { span = { capture_end = 8 }, data = { a = { packets = 10, first = 5, last = 7, frames = { 9, 10 } }, b = { packets = 0 } },
		             attempts = { { exchanges = { { type = "IKE_AUTH", from = "a", to = "b", sends = 1, first = 1, last = 1, answered = true, answer = { first = 3.5, last = 3.5 } } } } } },
		  expect = "nothing" },
		{ name = "a way of two and a half seconds: answers still come after the last question",
		  tunnel = { data = { a = { packets = 20, first = 5, last = 9, frames = { 9, 10 }, after = 0 }, b = { packets = 20, first = 7.5, last = 11.5, frames = { 11 }, after = 12, after_frames = { 12 } } },
		             attempts = { { exchanges = { { type = "IKE_AUTH", from = "a", to = "b", sends = 1, first = 1, last = 1, answered = true, answer = { first = 3.5, last = 3.5 } } } } } },
		  expect = "nothing" },
		{ name = "the recording holds one direction",
		  tunnel = { both_ways = false, data = { a = { packets = 30, first = 5, last = 40, frames = { 9, 10 } }, b = { packets = 0 } }, attempts = {} },
		  capture = { sees = { both_ways = "no", icmp = "yes", frags = "yes", esp = "yes", p4500 = "yes" } },
		  expect = { confidence = "possible", severity = "medium" } },
		{ name = "a neighbour has more flows than it asked for",
		  tunnel = { spare_flows = 9, data = { a = { packets = 30, first = 5, last = 40, frames = { 9, 10 } }, b = { packets = 0 } }, attempts = {} }, expect = "nothing" },
		{ name = "answers that were there are not in the file",
		  tunnel = { both_ways = false, ghosts = { count = 1, frames = { 1 } }, data = { a = { packets = 30, first = 5, last = 40, frames = { 9, 10 } }, b = { packets = 0 } }, attempts = {} },
		  expect = "nothing" },
		{ name = "data both ways",
		  tunnel = { data = { a = { packets = 30, first = 5, last = 40, frames = { 9, 10 } }, b = { packets = 28, first = 5, last = 40, frames = { 11 } } }, attempts = {} },
		  expect = "nothing" },
		{ name = "too few packets",
		  tunnel = { data = { a = { packets = 4, first = 5, last = 40, frames = { 9, 10 } }, b = { packets = 0 } }, attempts = {} },
		  expect = "nothing" },
		{ name = "a routing protocol to a group of routers",
		  tunnel = { ends = { a = "fe80::1", b = "ff02::5" }, both_ways = false, data = { a = { packets = 30, first = 5, last = 40, frames = { 9, 10 } }, b = { packets = 0 } }, attempts = {} }, expect = "nothing" },
	},
}
