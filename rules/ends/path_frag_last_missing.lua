-- Both ends: some of the later fragments are lost, not all.
return rule {
	id = "path.frag.last_missing", step = "reachability", severity = "high", scope = "ends",
	trigger = { "ways" },
	title = _"Part of a fragment train is lost",
	say = {
		confirmed = _"Part of the fragments from {sender} is lost: {lost} later fragments do not reach {receiver} ({frames}), {arrived} do.",
	},
	why = _"later fragments from {sender}: {lost} lost",
	advise = {
		now = { _"Switch on IKE fragmentation on both sides, so that no IP fragments are needed." },
		verify = { _"Connect again and record at {receiver}: every fragmented packet must be put together there. This filter must show frames: ip.reassembled_in && ip.src=={sender}" },
		isp = _"Please check for a limit on fragments per packet, and for loss, from {sender} to {receiver}: {lost} of the later fragments do not arrive; we recorded at both ends.",
		admin = { _"ASA: show fragment (chain 24 by default)" },
	},
	explains = { "path.message_lost", "ike.auth.no_reply", "life.half_open", "path.frag.ike_fragmented", "auth.modecfg.stall", "path.icmp.reassembly_timeout", "path.frag.non_first_missing", "ike.frag.not_offered" },
	references = { "RFC 791 3.2", "RFC 8900 3" },
	when = function(e, near, far)
		local whole, lost = false, false
		for i, side in ipairs { "a", "b" } do
			local first, k = e.ways[side].classes.first_fragment, e.ways[side].classes.later_fragment
			if first and k and first.arrived > 0 and k.visible and k.lost >= 2 and k.arrived > 0 and 10 * k.arrived > k.sent and k.lost > 0.02 * k.sent then
				local works = near and near.works and far and far.works and math.max(near.works.since, far.works.since)
				return { confidence = "confirmed", culprit = "path", frames = k.frames, at = k.last_lost, severity = works and works > k.last_lost and "medium" or nil, filter = "ip.flags.mf==1 || ip.frag_offset>0",
				         args = { sender = address(e, side), receiver = address(e, other(side)), lost = count(k.lost, k.sent), arrived = count(k.arrived), frames = frames(k.frames) } }
			end
			whole = whole or (k and k.arrived > 0 and k.lost == 0)
			lost = lost or (k and k.lost > 0)
		end
		if whole and not lost then return { refuted = true } end
	end,
	tests = {
		{ name = "every second one", ends = { ways = { a = { classes = { first_fragment = { sent = 10, arrived = 10, lost = 0 }, later_fragment = { sent = 20, arrived = 10, lost = 10, visible = true, frames = { 3 }, last_lost = 30 } } }, b = { classes = {} } } },
		  expect = { confidence = "confirmed", severity = "high" } },
		{ name = "none is lost", ends = { ways = { a = { classes = { first_fragment = { sent = 10, arrived = 10, lost = 0 }, later_fragment = { sent = 20, arrived = 20, lost = 0, visible = true } } }, b = { classes = {} } } }, expect = "refuted" },
	},
}
