return rule {
	id = "path.icmp.protocol_unreachable", step = "reachability", severity = "critical", scope = "tunnel",
	trigger = { "icmp" },
	title = _"The peer's host does not take ESP or AH",
	say = {
		confirmed = _"{source} says that it does not take IP protocol ESP or AH (ICMP protocol unreachable, {count} seen: {frames}): no IPsec is bound to that address.",
	},
	sure = { confirmed = "the error is here and quotes a packet of this tunnel" },
	why = _"ESP refused by {source}",
	advise = {
		now = { _"Check that {peer} is the gateway itself and not a translator in front of it; if so, force UDP encapsulation." },
		verify = { _"Send data through the tunnel. {peer} must answer, and this filter must show no frame: icmp.type==3 && icmp.code==2 || icmpv6.type==4" },
		peer = _"Please check that {peer} is the gateway itself, and that IPsec is bound to that address: {source} says that it does not take IP protocol 50 (ESP) or 51 (AH).",
		admin = { _"strongSwan: encap = yes; Libreswan: encapsulation=yes" },
	},
	explains = { "data.esp.one_way" },
	references = { "RFC 792", "RFC 1122 3.2.2.1", "RFC 4443 3.4" },
	when = function(t, c)
		for _, g in ipairs(t.icmp) do
			if g.name == "protocol_unreachable" and g.matched and (g.protocol == "esp" or g.protocol == "ah") then
				return {
					confidence = "confirmed", culprit = g.from_local and "local" or g.from_peer and "peer" or "path",
					severity = t.works and t.works.last > g.last + 5 and "medium" or nil,
					frames = g.frames, at = g.last,
					args = { source = g.source, count = count(g.count), frames = frames(g.frames), peer = address(t, other(g.quoted_from)) },
				}
			end
		end
	end,
	tests = {
		{ name = "a host without IPsec",
		  tunnel = { icmp = { { name = "protocol_unreachable", matched = true, from_peer = true, protocol = "esp", quoted_from = "a",
		    source = "203.0.113.10", count = 3, first = 0, last = 9, frames = { 2 } } } },
		  expect = { confidence = "confirmed", culprit = "peer" } },
		{ name = "IKE refused is another matter",
		  tunnel = { icmp = { { name = "protocol_unreachable", matched = true, from_peer = true, protocol = "ike", quoted_from = "a",
		    source = "203.0.113.10", count = 3, first = 0, last = 9, frames = { 2 } } } },
		  expect = "nothing" },
	},
}
