-- Without keys only the host's own complaint shows it: its packets to the peer go round inside it until the hop limit is used up.
return rule {
	id = "local.recursive_route", step = "reachability", severity = "high", scope = "tunnel",
	trigger = { "icmp", "established" },
	title = _"The gateway sends IKE into its own tunnel",
	say = {
		possible = _"{gateway} complains to itself that its packets to {peer} run out of hops ({frames}), and the tunnel between them is up: its route to {peer} leads into that tunnel. A routing loop inside its own network looks the same; its routing table decides.",
	},
	why = _"own packets run out of hops at home",
	advise = {
		now = { _"Give {peer} a host route by the real next hop, outside the tunnel.", _"Exempt {peer} from what is routed or learnt over the tunnel (0.0.0.0/0, dynamic routing)." },
		verify = { _"The route to {peer} names the outside interface, with the tunnel up." },
		admin = { _"Linux: ip route get PEER, ip xfrm policy; Cisco: show ip route PEER, recursive routing in the log" },
	},
	explains = { "path.icmp.ttl_exceeded", "life.flap.periodic" },
	references = { "RFC 4301 5.1", "RFC 1812 5.3.1" },
	when = function(t, c)
		for i, g in ipairs(t.icmp) do
			if g.name == "ttl_exceeded" and g.matched and g.from_local and g.quoted_from == t.vantage.side and g.count >= 2 and g.first > t.established.first then
				return {
					confidence = "possible", culprit = "local", frames = g.frames, at = g.last,
					args = { gateway = address(t, g.quoted_from), peer = address(t, other(g.quoted_from)), frames = frames(g.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "its own packets, its own complaint",
		  tunnel = { established = { count = 1, first = 2, last = 2 }, icmp = { { name = "ttl_exceeded", matched = true, from_local = true, quoted_from = "a", count = 4, first = 9, last = 30, frames = { 20 } } } },
		  expect = { confidence = "possible", culprit = "local", severity = "high" } },
		{ name = "a router on the way complains",
		  tunnel = { established = { count = 1, first = 2, last = 2 }, icmp = { { name = "ttl_exceeded", matched = true, from_local = false, quoted_from = "a", count = 4, first = 9, last = 30, frames = { 20 } } } }, expect = "nothing" },
		{ name = "before the tunnel was up",
		  tunnel = { established = { count = 1, first = 50, last = 50 }, icmp = { { name = "ttl_exceeded", matched = true, from_local = true, quoted_from = "a", count = 4, first = 9, last = 30, frames = { 20 } } } }, expect = "nothing" },
	},
}
