return rule {
	id = "path.icmp.reassembly_timeout", step = "reachability", severity = "high", scope = "tunnel",
	trigger = { "icmp" },
	title = _"A receiver waited for fragments that never came",
	say = {
		confirmed = _"{source} gives up waiting for the rest of fragmented packets from {sender} (ICMP reassembly time exceeded, {count} seen: {frames}): the first fragment arrives there, a later one does not.",
	},
	sure = { confirmed = "the error is here and quotes a packet of this tunnel" },
	why = _"{source} misses fragments from {sender}",
	advise = {
		now = { _"Switch on IKE fragmentation on both sides, so that no IP fragments are needed." },
		verify = { _"Connect again. This filter must show no frame: icmp.type==11 && icmp.code==1 || icmpv6.type==3 && icmpv6.code==1" },
		isp = _"Please let IP fragments with an offset above 0 pass from {sender} to {source}, or tell us which device discards them: {source} waits for them and says that they do not arrive.",
		admin = { _"strongSwan: fragmentation = yes; IOS: crypto ikev2 fragmentation; ASA: show fragment, show asp drop" },
	},
	references = { "RFC 792", "RFC 1122 3.3.2", "RFC 4443 3.3" },
	when = function(t, c)
		for _, g in ipairs(t.icmp) do
			if g.name == "reassembly_timeout" and g.matched then
				return {
					confidence = "confirmed", culprit = "path", frames = g.frames, at = g.last,
					severity = t.works and t.works.last > g.last and "medium" or nil,
					filter = "icmp.type==11 && icmp.code==1 || icmpv6.type==3 && icmpv6.code==1",
					args = { source = g.source, sender = address(t, g.quoted_from), count = count(g.count), frames = frames(g.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "a host waited in vain",
		  tunnel = { icmp = { { name = "reassembly_timeout", matched = true, quoted_from = "b", source = "198.51.100.10", count = 3,
		    first = 30, last = 64, frames = { 22, 41, 60 } } } },
		  expect = { confidence = "confirmed", culprit = "path" } },
		{ name = "about a packet that is not in the file",
		  tunnel = { icmp = { { name = "reassembly_timeout", matched = false, quoted_from = "b", source = "198.51.100.10", count = 3,
		    first = 30, last = 64, frames = { 22 } } } },
		  expect = "nothing" },
	},
}
