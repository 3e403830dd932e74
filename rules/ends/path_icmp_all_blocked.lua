-- Both ends: ICMP errors leave and do not arrive.
return rule {
	id = "path.icmp.all_blocked", step = "reachability", severity = "medium", scope = "ends",
	trigger = { "ways" },
	title = _"ICMP errors do not reach the other end",
	say = {
		confirmed = _"The path from {sender} to {receiver} discards ICMP errors: {lost} leave {sender} ({frames}) and none reaches {receiver}.",
		possible = _"ICMP errors of {sender} do not reach {receiver}: {lost} leave ({frames}) and none arrives. They are few; a ping from {sender} to {receiver} in a new recording decides.",
	},
	why = _"ICMP from {sender}: {lost} lost",
	advise = {
		now = { _"Let ICMP errors pass in both directions: types 3, 11 and 12, in IPv6 types 1, 2, 3 and 4." },
		verify = { _"Send a packet that is too large, and record at {receiver}. This filter must show an error of {sender}: icmp || icmpv6" },
		isp = _"Please let ICMP errors pass from {sender} to {receiver}: type 3 with all codes, 11 and 12, in IPv6 types 1, 2, 3 and 4. {lost} leave the one end and none reaches the other; we recorded at both. Which types do you drop at the edge?",
		admin = { _"ASA: icmp permit any unreachable outside; inspect icmp error" },
	},
	references = { "RFC 2979 3.1.1", "RFC 4890 4.3.1", "RFC 5508 REQ-3" },
	when = function(e, near, far)
		local arrives = false
		for i, side in ipairs { "a", "b" } do
			local k = e.ways[side].classes.icmp
			arrives = arrives or (k and k.arrived > 0)
			if k and k.sent >= 2 and k.arrived == 0 and k.visible then
				return { confidence = k.low >= 0.5 and "confirmed" or "possible", culprit = "path", frames = k.frames, at = k.last_lost, severity = k.low < 0.5 and "low" or nil, filter = "icmp || icmpv6",
				         args = { sender = address(e, side), receiver = address(e, other(side)), lost = count(k.lost, k.sent), frames = frames(k.frames) } }
			end
		end
		if arrives then return { refuted = true } end
	end,
	tests = {
		{ name = "five are lost", ends = { ways = { a = { classes = { icmp = { sent = 5, arrived = 0, lost = 5, low = 0.57, visible = true, frames = { 22 }, last_lost = 33 } } }, b = { classes = {} } } }, expect = { confidence = "confirmed", severity = "medium" } },
		{ name = "two are few", ends = { ways = { a = { classes = { icmp = { sent = 2, arrived = 0, lost = 2, low = 0.34, visible = true, frames = { 22 }, last_lost = 33 } } }, b = { classes = {} } } }, expect = { confidence = "possible", severity = "low" } },
		{ name = "they arrive", ends = { ways = { a = { classes = { icmp = { sent = 5, arrived = 5, lost = 0 } } }, b = { classes = {} } } }, expect = "refuted" },
	},
}
