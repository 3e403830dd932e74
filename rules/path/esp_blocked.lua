-- IP protocol 50, not a port. One-sided the far side may as well have nothing to say.
local PACKETS, SECONDS = 10, 5

return rule {
	id = "path.esp.blocked", step = "reachability", severity = "critical", scope = "tunnel",
	trigger = { "flows" },
	title = _"The tunnel is up but ESP (protocol 50) does not pass",
	say = {
		likely = _"ESP between {sender} and {silent} does not pass any more: {packets} packets of IP protocol 50 leave ({frames}), none comes back since {since}, while IKE is still answered. A network behind {silent} that has fallen silent looks the same; a ping through the tunnel decides.",
		possible = _"ESP between {sender} and {silent} does not pass: {packets} packets of IP protocol 50 leave ({frames}), none comes back, while IKE is answered. A network behind {silent} that does not answer looks the same; a capture at {silent} decides.",
	},
	why = _"protocol 50 leaves, none comes back",
	advise = {
		now = { _"Permit IP protocol 50 (not TCP or UDP port 50) in both directions in every firewall and cloud rule.",
		        _"Until then force UDP encapsulation: ESP then travels in UDP 4500." },
		verify = { _"Send pings through the tunnel in both directions. This filter must show frames: ip.proto==50 && ip.src=={silent}" },
		isp = _"Please let IP protocol 50 (ESP, not a port) pass in both directions between {sender} and {silent}, or tell us that it is not carried; then we use UDP 4500. UDP 500 of the same hosts passes.",
		admin = { _"strongSwan: encap = yes; Libreswan: encapsulation=yes; ASA: crypto isakmp nat-traversal 20",
		          _"Record at {silent}: tcpdump -ni IF -s0 -w FILE 'host {sender} or icmp or icmp6'; ASA: capture X interface outside packet-length 1600 match ip host {sender} host {silent}" },
	},
	explains = { "data.esp.none" },
	references = { "RFC 4303 2", "RFC 6092 3.2.4" },
	when = function(t, c)
		if c.sees.esp ~= "yes" or not t.both_ways or c.sees.both_ways ~= "yes" or not t.established then return nil end
		for _, g in ipairs(t.icmp or {}) do
			if g.protocol == "esp" and g.matched then return nil end -- then somebody says why
		end
		local n, seen, first, last = { a = 0, b = 0 }, { a = {}, b = {} }, { a = 1e12, b = 1e12 }, { a = 0, b = 0 }
		for _, f in ipairs(t.flows) do
			if f.protocol ~= "ESP" or f.encapsulation ~= "IP" then return nil end
			n[f.from], first[f.from], last[f.from] = n[f.from] + f.packets, math.min(first[f.from], f.first), math.max(last[f.from], f.last)
			seen[f.from][#seen[f.from] + 1] = f.first_frame
			seen[f.from][#seen[f.from] + 1] = f.last_frame
		end
		for _, side in ipairs { "a", "b" } do
			local back = other(side)
			if n[side] >= PACKETS and n[back] == 0 and last[side] - first[side] >= SECONDS and t.vantage.side ~= back then
				for _, a in ipairs(t.attempts or {}) do
					for _, x in ipairs(a.exchanges) do
						local alive = x.from == back and x.sends > 0 and x.last > first[side] or x.from == side and x.answered and x.answer.last > first[side]
						if alive then
							return {
								confidence = "possible", culprit = "path", frames = seen[side], at = last[side], filter = "ip.proto==50",
								args = { sender = address(t, side), silent = address(t, back), packets = count(n[side]), frames = frames(seen[side]), since = time(first[side]) },
							}
						end
					end
				end
			end
			if n[side] >= PACKETS and n[back] > 0 and last[side] - last[back] >= 2 * SECONDS and t.vantage.side ~= back then
				local after = 0
				for _, f in ipairs(t.flows) do
					if f.from == side and f.first > last[back] then after = after + f.packets end
				end
				for _, a in ipairs(t.attempts or {}) do
					for _, x in ipairs(a.exchanges) do
						if after >= PACKETS and x.from == side and x.answered and x.answer.last > last[back] + SECONDS then
							return {
								confidence = "likely", culprit = "path", frames = seen[side], at = last[side], filter = "ip.proto==50",
								args = { sender = address(t, side), silent = address(t, back), packets = count(after), frames = frames(seen[side]), since = time(last[back]) },
							}
						end
					end
				end
			end
		end
	end,
	tests = {
		{ name = "ESP out, none back, IKE answered",
		  tunnel = { established = { count = 1 }, flows = { { from = "a", protocol = "ESP", encapsulation = "IP", packets = 20, first = 5, last = 40, first_frame = 9, last_frame = 40 } },
		             attempts = { { exchanges = { { type = "INFORMATIONAL", from = "a", to = "b", sends = 1, last = 30, answered = true, answer = { last = 30.1 } } } } } },
		  expect = { confidence = "possible", culprit = "path" } },
		{ name = "it worked before, and a new SA brings nothing back",
		  tunnel = { established = { count = 1 }, flows = { { from = "a", protocol = "ESP", encapsulation = "IP", packets = 20, first = 5, last = 40, first_frame = 9, last_frame = 40 },
		               { from = "b", protocol = "ESP", encapsulation = "IP", packets = 20, first = 5, last = 40, first_frame = 10, last_frame = 41 },
		               { from = "a", protocol = "ESP", encapsulation = "IP", packets = 20, first = 50, last = 80, first_frame = 50, last_frame = 90 } },
		             attempts = { { exchanges = { { type = "INFORMATIONAL", from = "a", to = "b", sends = 1, last = 70, answered = true, answer = { last = 70.1 } } } } } },
		  expect = { confidence = "likely" } },
		{ name = "in UDP it is another matter",
		  tunnel = { established = { count = 1 }, flows = { { from = "a", protocol = "ESP", encapsulation = "UDP", packets = 20, first = 5, last = 40, first_frame = 9, last_frame = 40 } },
		             attempts = { { exchanges = { { type = "INFORMATIONAL", from = "a", to = "b", sends = 1, last = 30, answered = true, answer = { last = 30.1 } } } } } },
		  expect = "nothing" },
		{ name = "IKE is not answered either: the peer is gone",
		  tunnel = { established = { count = 1 }, flows = { { from = "a", protocol = "ESP", encapsulation = "IP", packets = 20, first = 5, last = 40, first_frame = 9, last_frame = 40 } },
		             attempts = { { exchanges = { { type = "INFORMATIONAL", from = "a", to = "b", sends = 5, last = 30, answered = false } } } } },
		  expect = "nothing" },
		{ name = "a filter that may hide ESP",
		  tunnel = { established = { count = 1 }, flows = { { from = "a", protocol = "ESP", encapsulation = "IP", packets = 20, first = 5, last = 40, first_frame = 9, last_frame = 40 } },
		             attempts = { { exchanges = { { type = "INFORMATIONAL", from = "a", to = "b", sends = 1, last = 30, answered = true, answer = { last = 30.1 } } } } } },
		  capture = { sees = { both_ways = "yes", icmp = "yes", frags = "yes", esp = "unknown", p4500 = "yes" } },
		  expect = "nothing" },
	},
}
