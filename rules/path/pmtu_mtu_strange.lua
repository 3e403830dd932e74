return rule {
	id = "path.pmtu.mtu_strange", step = "reachability", severity = "medium", scope = "tunnel",
	trigger = { "icmp" },
	title = _"The \"too big\" message carries a strange size",
	say = {
		confirmed = _"{source} says \"too big\" about packets of {quoted} and names {mtu} as the size that fits ({frames}): {meaning}.",
	},
	sure = { confirmed = "the error is here and quotes a packet of this tunnel" },
	why = _"next-hop MTU {mtu}",
	advise = {
		now = { _"Set the MTU or TCP MSS of {sender} by hand; do not rely on path MTU discovery here." },
		verify = { _"Send a large packet again. The errors that this filter shows must name a size between 576 and 1500: icmp.type==3 && icmp.code==4 || icmpv6.type==2" },
		isp = _"Please check router {source}: it sends ICMP fragmentation needed with a next-hop MTU of {mtu} for packets of {quoted}, and RFC 1191 section 4 wants the size that fits.",
		admin = { _"Linux: net.ipv4.route.min_pmtu; ASA: crypto ipsec df-bit clear-df outside, sysopt connection tcpmss 1350" },
	},
	references = { "RFC 1191 3", "RFC 1191 7", "RFC 8201 4", "RFC 8021" },
	when = function(t, c)
		local ZERO, SMALL, LARGE = _"an old router that does not tell the size", _"smaller than any path has to carry, a forgery or a broken tunnel on the way", _"not smaller than the packet itself, a forgery or a broken router"
		for i, g in ipairs(t.icmp) do
			if g.name == "frag_needed" and g.matched then
				local least = g.family == 6 and 1280 or 576
				local meaning = g.mtu == 0 and ZERO or g.mtu < least and SMALL or g.quoted_len > 0 and g.mtu >= g.quoted_len and LARGE or nil
				if meaning then
					return {
						confidence = "confirmed", culprit = "path", frames = g.frames, at = g.last, filter = "icmp.type==3 && icmp.code==4 || icmpv6.type==2",
						args = { source = g.source, sender = address(t, g.quoted_from), quoted = bytes(g.quoted_len), mtu = bytes(g.mtu), meaning = meaning, frames = frames(g.frames) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "zero", tunnel = { icmp = { { name = "frag_needed", family = 4, matched = true, mtu = 0, quoted_len = 1412, quoted_from = "a", source = "192.0.2.1", last = 3, frames = { 9 } } } },
		  expect = { confidence = "confirmed", severity = "medium" } },
		{ name = "68 bytes", tunnel = { icmp = { { name = "frag_needed", family = 4, matched = true, mtu = 68, quoted_len = 1412, quoted_from = "a", source = "192.0.2.1", last = 3, frames = { 9 } } } },
		  expect = { confidence = "confirmed" } },
		{ name = "1400 bytes", tunnel = { icmp = { { name = "frag_needed", family = 4, matched = true, mtu = 1400, quoted_len = 1412, quoted_from = "a", source = "192.0.2.1", last = 3, frames = { 9 } } } },
		  expect = "nothing" },
		{ name = "about a packet that nobody sent", tunnel = { icmp = { { name = "frag_needed", family = 4, matched = false, mtu = 0, quoted_len = 1412, quoted_from = "a", source = "192.0.2.1", last = 3, frames = { 9 } } } },
		  expect = "nothing" },
	},
}
