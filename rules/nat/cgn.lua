-- RFC 6598: 100.64.0.0/10 is used between a provider's translator and its customers, nowhere else.
local function shared(address)
	if has(address, ":") or not starts(address, "100.") then return false end
	local second = tonumber(string.sub(address, 5, 7)) or tonumber(string.sub(address, 5, 6)) or 0
	return second >= 64 and second <= 127
end

return rule {
	id = "nat.cgn", step = "reachability", severity = "medium", scope = "tunnel",
	trigger = { "ends" },
	title = _"Carrier-grade or double NAT in the path",
	say = {
		confirmed = _"{behind} has an address out of 100.64.0.0/10: its provider translates it once more, for many customers together ({frames}). Nobody can open a tunnel to it, and its mappings are short.",
		likely = _"A router with the address {behind} answers from the way ({frames}): the provider translates this line once more, for many customers together. Nobody can open a tunnel to it, and its mappings are short. A provider that only numbers its routers that way looks the same; the address of the outside interface decides.",
	},
	sure = { confirmed = "the address itself, or the hash that fits no other" },
	why = _"provider's own NAT at {behind}",
	advise = {
		now = { _"Let the side behind the provider's NAT open the tunnel, always, and send keepalives every 20 seconds at the least.", _"For tunnels opened from outside ask the provider for a public address, or use IPv6." },
		verify = { _"The tunnel survives ten quiet minutes." },
		isp = _"Please give us a public address or a static mapping: our line sits behind your carrier-grade NAT. How long does a UDP mapping of ports 500 and 4500 live, does it follow RFC 4787 REQ-1 and REQ-5, does it forward fragments (REQ-14) and ICMP errors (RFC 5508 REQ-3, REQ-4), as RFC 6888 REQ-1 asks?",
		admin = { _"strongSwan: keep_alive = 20s, dpd_delay = 20s; ASA: crypto isakmp nat-traversal 20" },
	},
	references = { "RFC 6598", "RFC 6888 REQ-1", "RFC 6888 REQ-2" },
	when = function(t, c)
		local severity = t.works and "low" or nil
		local n = t.nat
		if n and n.inside and shared(n.inside) then -- its own hash says so
			return { confidence = "confirmed", culprit = "nat", frames = n.frames, severity = severity, args = { behind = n.inside, frames = frames(n.frames) } }
		end
		for i, side in ipairs { "a", "b" } do
			if shared(address(t, side)) then
				local seen = t.attempts and t.attempts[1] and { t.attempts[1].first_frame } or t.flows and t.flows[1] and { t.flows[1].first_frame } or nil
				if seen and seen[1] then
					return { confidence = "confirmed", culprit = "nat", frames = seen, severity = severity, args = { behind = address(t, side), frames = frames(seen) } }
				end
			end
		end
		if c.cgn then
			return { confidence = "likely", culprit = "nat", frames = c.cgn.frames, severity = severity, args = { behind = c.cgn.source, frames = frames(c.cgn.frames) } }
		end
	end,
	tests = {
		{ name = "the gateway itself has such an address",
		  tunnel = { ends = { a = "100.72.3.4", b = "203.0.113.10" }, attempts = { { first_frame = 1 } } }, expect = { confidence = "confirmed", culprit = "nat", severity = "medium" } },
		{ name = "its NAT hash gives the address away",
		  tunnel = { nat = { behind = "a", proof = "inside", certain = true, inside = "100.64.9.1", frames = { 3 } } }, expect = { confidence = "confirmed", text_has = "100.64.9.1" } },
		{ name = "a private address behind an ordinary NAT",
		  tunnel = { nat = { behind = "a", proof = "inside", certain = true, inside = "192.168.1.10", frames = { 3 } } }, expect = "nothing" },
		{ name = "a router of the provider answers a traceroute",
		  tunnel = { works = { since = 1, last = 9 } }, capture = { cgn = { source = "100.64.0.1", count = 3, frames = { 5 } } }, expect = { confidence = "likely", severity = "low" } },
		{ name = "100.20.0.1 is an ordinary address", tunnel = { ends = { a = "100.20.0.1", b = "203.0.113.10" }, attempts = { { first_frame = 1 } } }, expect = "nothing" },
	},
}
