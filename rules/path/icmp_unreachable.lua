return rule {
	id = "path.icmp.unreachable", step = "reachability", severity = "critical", scope = "tunnel",
	trigger = { "icmp" },
	title = _"No route or host to the peer",
	say = {
		confirmed = _"{source} reports that it cannot reach {peer} (ICMP type {type} code {code}, {name}, {count} seen: {frames}).",
	},
	sure = { confirmed = "the error is here and quotes a packet of this tunnel" },
	why = _"{name}, says {source}",
	advise = {
		now = { _"Check route and neighbour entry for {peer} at {source}." },
		verify = { _"Connect again. This filter must show no frame: icmp.type=={type} && icmp.code=={code} || icmpv6.type=={type} && icmpv6.code=={code}" },
		isp = _"Please restore the route from your router {source} to {peer}, and tell us what changed: it answers with ICMP type {type} code {code}, {count} seen.",
		admin = { _"Cisco: show route {peer}, show arp", _"Linux: ip route get {peer}, ip neigh" },
	},
	explains = { "path.udp500.no_reply", "path.udp4500.blocked", "ike.auth.no_reply", "data.esp.one_way", "life.half_open" },
	references = { "RFC 792", "RFC 1812 5.2.7.1", "RFC 1812 4.3.3.1", "RFC 4443 3.1" },
	when = function(t, c)
		local names = { net_unreachable = true, host_unreachable = true, source_route_failed = true, net_unknown = true,
		                host_unknown = true, net_tos = true, host_tos = true, no_route = true, beyond_scope = true }
		for _, g in ipairs(t.icmp) do
			if names[g.name] and g.matched then
				local brief = g.last - g.first < 5 and t.works and t.works.last > g.last + 5
				return {
					confidence = "confirmed",
					culprit = g.from_local and "local" or g.from_peer and "peer" or "path",
					severity = brief and "low" or nil,
					frames = g.frames, at = g.last,
					args = { source = g.source, count = count(g.count), type = g.type, code = g.code, name = g.name,
					         frames = frames(g.frames), peer = address(t, other(g.quoted_from)) },
				}
			end
		end
	end,
	tests = {
		{ name = "the last router finds no host",
		  tunnel = { icmp = { { name = "host_unreachable", type = 3, code = 1, matched = true, from_peer = false, protocol = "ike",
		    quoted_from = "a", source = "192.0.2.1", count = 5, dport = 500, first = 3, last = 29, frames = { 2 } } } },
		  expect = { confidence = "confirmed", culprit = "path", severity = "critical" } },
		{ name = "a port refused is another matter",
		  tunnel = { icmp = { { name = "port_unreachable", type = 3, code = 3, matched = true, from_peer = true, protocol = "ike",
		    quoted_from = "a", source = "203.0.113.10", count = 5, dport = 500, first = 3, last = 29, frames = { 2 } } } },
		  expect = "nothing" },
	},
}
