-- IP protocol 51, not a port; and no translator can carry it, for it covers the addresses.
local PACKETS, SECONDS = 10, 5

-- One sender, many receivers: no tunnel between two (routing protocols under AH).
local function multicast(address)
	if has(address, ":") then return starts(address, "ff") end
	local first = tonumber(string.sub(address, 1, 3)) or 0
	return first >= 224 and first <= 239
end

return rule {
	id = "path.ah.blocked", step = "reachability", severity = "high", scope = "tunnel",
	trigger = { "flows" },
	title = _"AH (protocol 51) is filtered or broken by NAT",
	say = {
		likely = _"AH of {sender} cannot pass: a NAT stands in between, and AH covers the addresses that it changes. {packets} packets leave ({frames}), none comes back.",
		possible = _"AH between {sender} and {silent} does not pass: {packets} packets of IP protocol 51 leave ({frames}), none comes back, while IKE is answered. A network behind {silent} that has nothing to say looks the same; a capture at {silent} decides.",
	},
	sure = { likely = "AH covers the addresses (RFC 4302 3.3.3), and the NAT is certain" },
	why = _"protocol 51 leaves, none comes back",
	advise = {
		now = { _"Use ESP with integrity instead of AH: it passes NAT in UDP 4500.", _"If AH has to stay, permit IP protocol 51 in both directions and do not translate between the two." },
		verify = { _"Send pings through the tunnel in both directions. This filter must show frames: ah && ip.src=={silent}" },
		isp = _"Please let IP protocol 51 (AH, not a port) pass in both directions between {sender} and {silent}, with the same addresses. UDP 500 of the same hosts passes.",
		admin = { _"strongSwan: esp_proposals instead of ah_proposals; Libreswan: phase2=esp", _"Record at the peer: tcpdump -ni IF -s0 -w f 'host PEER or icmp'; ASA: capture X interface outside match ip host A host B" },
	},
	explains = { "data.esp.none", "data.esp.one_way" },
	references = { "RFC 4302 3.3.3", "RFC 3715 2.1", "RFC 4301 3.2" },
	when = function(t, c)
		if c.sees.esp ~= "yes" or not t.both_ways or multicast(address(t, "a")) or multicast(address(t, "b")) then return nil end
		local n, seen, first, last = { a = 0, b = 0 }, { a = {}, b = {} }, { a = 1e12, b = 1e12 }, { a = 0, b = 0 }
		for i, f in ipairs(t.flows) do
			if f.protocol == "AH" then
				n[f.from], first[f.from], last[f.from] = n[f.from] + f.packets, math.min(first[f.from], f.first), math.max(last[f.from], f.last)
				seen[f.from][#seen[f.from] + 1] = f.first_frame
				seen[f.from][#seen[f.from] + 1] = f.last_frame
			end
		end
		for i, side in ipairs { "a", "b" } do
			local back, alive = other(side), false
			for k, a in ipairs(t.attempts or {}) do
				for m, x in ipairs(a.exchanges) do
					alive = alive or x.from == side and x.answered and x.answer.last > first[side] or x.from == back and x.sends > 0 and x.last > first[side]
				end
			end
			if n[side] >= PACKETS and n[back] == 0 and last[side] - first[side] >= SECONDS and t.vantage.side ~= back and (alive or t.established) then
				local nat = t.nat and t.nat.behind and t.nat.certain
				return {
					confidence = nat and "likely" or "possible", culprit = nat and "nat" or "path", frames = seen[side], at = last[side], filter = "ip.proto==51",
					args = { sender = address(t, side), silent = address(t, back), packets = count(n[side]), frames = frames(seen[side]) },
				}
			end
		end
	end,
	tests = {
		{ name = "AH out, none back",
		  tunnel = { established = { count = 1 }, flows = { { from = "a", protocol = "AH", packets = 20, first = 5, last = 40, first_frame = 9, last_frame = 40 } } }, expect = { confidence = "possible", culprit = "path" } },
		{ name = "through a NAT",
		  tunnel = { established = { count = 1 }, nat = { behind = "a", proof = "destination", certain = true }, flows = { { from = "a", protocol = "AH", packets = 20, first = 5, last = 40, first_frame = 9, last_frame = 40 } } },
		  expect = { confidence = "likely", culprit = "nat" } },
		{ name = "both ways",
		  tunnel = { established = { count = 1 }, flows = { { from = "a", protocol = "AH", packets = 20, first = 5, last = 40, first_frame = 9, last_frame = 40 }, { from = "b", protocol = "AH", packets = 20, first = 5, last = 40, first_frame = 10, last_frame = 41 } } },
		  expect = "nothing" },
		{ name = "a routing protocol to a group of routers",
		  tunnel = { ends = { a = "198.51.100.10", b = "224.0.0.5" }, established = { count = 1 }, flows = { { from = "a", protocol = "AH", packets = 20, first = 5, last = 40, first_frame = 9, last_frame = 40 } } }, expect = "nothing" },
		{ name = "a filter that may hide AH",
		  tunnel = { established = { count = 1 }, flows = { { from = "a", protocol = "AH", packets = 20, first = 5, last = 40, first_frame = 9, last_frame = 40 } } },
		  capture = { sees = { both_ways = "yes", icmp = "yes", frags = "yes", esp = "unknown", p4500 = "yes" } }, expect = "nothing" },
	},
}
