-- Both ends: what left arrives in other pieces. It tells how large a link on the way is.
return rule {
	id = "path.frag.altered", step = "reachability", severity = "info", scope = "ends",
	trigger = { "ways" },
	title = _"Packets are cut anew on the way",
	say = {
		confirmed = _"Packets of {sender} arrive in other pieces than they left in ({n} seen: {frames}): one leaves with {sent} and its first piece arrives with {there}. A link on the way is no larger than about {there}.",
		likely = _"Fragments of {sender} arrive put together ({n} seen: {frames}): a firewall or NAT on the way does that.",
	},
	why = _"{sent} leave, {there} arrive",
	advise = {
		now = { _"Keep packets of {sender} below {there}: lower the MTU of the tunnel, or clamp TCP MSS." },
		verify = { _"Sizes are the same at both ends." },
		admin = { _"ASA: sysopt connection tcpmss 1350; IOS: ip tcp adjust-mss 1360" },
	},
	references = { "RFC 791 3.2", "RFC 8900 3.7" },
	when = function(e, near, far)
		for i, side in ipairs { "a", "b" } do
			local w = e.ways[side]
			local cut = w.recut or w.joined
			if cut then
				return { confidence = w.recut and "confirmed" or "likely", culprit = "none", frames = cut.frames, filter = "ip.flags.mf==1 || ip.frag_offset>0",
				         args = { sender = address(e, side), n = count(cut.count), sent = bytes(cut.bytes_sent), there = bytes(cut.bytes_there), frames = frames(cut.frames) } }
			end
		end
	end,
	tests = {
		{ name = "1500 leave, 1396 arrive", ends = { ways = { a = {}, b = { recut = { count = 7, frames = { 11 }, bytes_sent = 1500, bytes_there = 1396 } } } }, expect = { confidence = "confirmed", culprit = "none", text_has = "1,396" } },
		{ name = "put together", ends = { ways = { a = {}, b = { joined = { count = 7, frames = { 11 }, bytes_sent = 1500, bytes_there = 2352 } } } }, expect = { confidence = "likely" } },
		{ name = "as they left", ends = { ways = { a = {}, b = {} } }, expect = "nothing" },
	},
}
