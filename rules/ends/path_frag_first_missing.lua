-- Both ends: later fragments arrive, first ones do not.
return rule {
	id = "path.frag.first_missing", step = "reachability", severity = "critical", scope = "ends",
	trigger = { "ways" },
	title = _"Everything but the first fragment arrives",
	say = {
		confirmed = _"The path from {sender} discards first fragments: {lost} are lost ({frames}), while {later} later fragments reach {receiver}. A filter on ports does this: only the first fragment names a port.",
		likely = _"The path from {sender} discards first fragments: {lost} are lost ({frames}), while {later} later fragments reach {receiver}.",
	},
	why = _"first fragments from {sender}: {lost} lost",
	advise = {
		now = { _"Ask for the rule that matches UDP 500 or 4500 on the way." },
		verify = { _"Connect again and record at {receiver}. This filter must show frames: ip.src=={sender} && ip.flags.mf==1 && ip.frag_offset==0" },
		isp = _"Please tell us the rule for UDP 500 and 4500, or the size limit, that discards first fragments from {sender} to {receiver} ({lost}), and let them pass: later ones arrive ({later}); we recorded at both ends.",
		admin = { _"strongSwan: fragmentation = yes; IOS: crypto ikev2 fragmentation" },
	},
	explains = { "path.message_lost", "ike.auth.no_reply", "life.half_open", "path.frag.ike_fragmented", "path.udp4500.blocked", "auth.modecfg.stall", "path.frag.all_missing", "path.frag.last_missing", "path.pmtu.blackhole" },
	references = { "RFC 1858 2", "RFC 8900 3.4" },
	when = function(e, near, far)
		local arrive = false
		for i, side in ipairs { "a", "b" } do
			local first, later = e.ways[side].classes.first_fragment, e.ways[side].classes.later_fragment
			if first and later and first.sent >= 2 and first.arrived == 0 and 10 * later.arrived >= 9 * later.sent then
				return { confidence = first.low >= 0.5 and "confirmed" or "likely", culprit = "path", frames = first.frames, at = first.last_lost, filter = "ip.flags.mf==1 || ip.frag_offset>0",
				         args = { sender = address(e, side), receiver = address(e, other(side)), lost = count(first.lost, first.sent), later = count(later.arrived, later.sent), frames = frames(first.frames) } }
			end
			arrive = arrive or (first and first.arrived > 0 and first.lost == 0)
		end
		if arrive then return { refuted = true } end
	end,
	tests = {
		{ name = "five first fragments are lost", ends = { ways = { a = { classes = { first_fragment = { sent = 5, arrived = 0, lost = 5, low = 0.57, visible = true, frames = { 3 }, last_lost = 30 }, later_fragment = { sent = 5, arrived = 5, lost = 0 } } }, b = { classes = {} } } },
		  expect = { confidence = "confirmed" } },
		{ name = "two", ends = { ways = { a = { classes = { first_fragment = { sent = 2, arrived = 0, lost = 2, low = 0.34, visible = true, frames = { 3 }, last_lost = 30 }, later_fragment = { sent = 2, arrived = 2, lost = 0 } } }, b = { classes = {} } } },
		  expect = { confidence = "likely" } },
		{ name = "they arrive", ends = { ways = { a = { classes = { first_fragment = { sent = 5, arrived = 5, lost = 0 }, later_fragment = { sent = 5, arrived = 5, lost = 0 } } }, b = { classes = {} } } }, expect = "refuted" },
	},
}
