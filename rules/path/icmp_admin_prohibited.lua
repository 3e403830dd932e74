return rule {
	id = "path.icmp.admin_prohibited", step = "reachability", severity = "critical", scope = "tunnel",
	trigger = { "icmp" },
	title = _"A filter on the way refuses the packets and says so",
	say = {
		confirmed = _"{source} refuses packets of this tunnel from {sender} to {peer} by a filter rule and says so (ICMP type {type} code {code}, {count} seen: {frames}).",
	},
	sure = { confirmed = "the error is here and quotes a packet of this tunnel" },
	why = _"refused by the filter at {source}",
	advise = {
		now = { _"Find out who runs {source} and ask for the rule; if it is yours, permit UDP 500, UDP 4500 and IP protocol 50 to {peer}." },
		verify = { _"Connect again. This filter must show no frame: icmp.type=={type} && icmp.code=={code} || icmpv6.type=={type} && icmpv6.code=={code}" },
		isp = _"Please tell us which rule of router {source} refuses our packets to {peer}, since when, and let them pass: it answers with ICMP type {type} code {code}, administratively prohibited ({count} errors seen).",
		admin = { _"Look up {source}: whois, traceroute, your own address plan." },
	},
	explains = { "path.udp500.no_reply", "path.udp4500.blocked", "ike.auth.no_reply", "data.esp.one_way", "path.esp.blocked", "life.half_open" },
	references = { "RFC 1812 5.2.7.1", "RFC 1122 3.2.2.1", "RFC 4443 3.1" },
	when = function(t, c)
		local prohibited = { net_prohibited = true, host_prohibited = true, admin_prohibited = true, source_policy = true, reject_route = true }
		for _, g in ipairs(t.icmp) do
			if prohibited[g.name] and g.matched then
				return {
					confidence = "confirmed",
					culprit = g.from_local and "local" or g.from_peer and "peer" or "path",
					severity = t.works and t.works.last > g.last + 5 and "medium" or nil,
					frames = g.frames, at = g.last,
					args = { source = g.source, count = count(g.count), type = g.type, code = g.code,
					         frames = frames(g.frames), sender = address(t, g.quoted_from),
					         peer = address(t, other(g.quoted_from)) },
				}
			end
		end
	end,
	tests = {
		{ name = "a router says 3/13",
		  tunnel = { icmp = { { name = "admin_prohibited", type = 3, code = 13, matched = true, from_peer = false, protocol = "ike",
		    quoted_from = "a", source = "192.0.2.1", count = 5, dport = 500, first = 0, last = 9, frames = { 2 } } } },
		  expect = { confidence = "confirmed", culprit = "path" } },
		{ name = "no route is another matter",
		  tunnel = { icmp = { { name = "net_unreachable", type = 3, code = 0, matched = true, from_peer = false, protocol = "ike",
		    quoted_from = "a", source = "192.0.2.1", count = 5, dport = 500, first = 0, last = 9, frames = { 2 } } } },
		  expect = "nothing" },
	},
}
