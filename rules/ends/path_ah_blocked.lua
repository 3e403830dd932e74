-- Both ends: AH leaves and does not arrive.
return rule {
	id = "path.ah.blocked", step = "reachability", severity = "high", scope = "ends",
	trigger = { "ways" },
	title = _"AH (protocol 51) does not pass",
	say = {
		confirmed = _"The path from {sender} to {receiver} discards IP protocol 51 (AH): {lost} packets leave {sender} ({frames}) and none reaches {receiver}.",
		likely = _"The path from {sender} to {receiver} discards IP protocol 51 (AH): {lost} packets leave {sender} ({frames}), and the recording at {receiver} has none of them.",
	},
	why = _"protocol 51 from {sender}: {lost} lost",
	advise = {
		now = { _"Use ESP with integrity instead of AH, or let IP protocol 51 pass untranslated." },
		verify = { _"Record at {receiver}. This filter must show frames: ah && ip.src=={sender}" },
		isp = _"Please let IP protocol 51 (AH, not a port) pass from {sender} to {receiver} and back, with the same addresses: {lost} packets leave the one end and none reaches the other; we recorded at both.",
		admin = { _"RFC 4301 3.2 makes AH optional: esp proposals with an integrity algorithm do the same work" },
	},
	explains = { "data.esp.none", "data.esp.one_way" },
	references = { "RFC 4302 3.3.3", "RFC 4301 3.2" },
	when = function(e, near, far)
		local arrives = false
		for i, side in ipairs { "a", "b" } do
			local k = e.ways[side].classes.ah
			arrives = arrives or (k and k.arrived > 0)
			if k and k.sent >= 3 and k.arrived == 0 then
				return { confidence = k.visible and k.low >= 0.5 and "confirmed" or "likely", culprit = "path", frames = k.frames, at = k.last_lost, filter = "ah",
				         args = { sender = address(e, side), receiver = address(e, other(side)), lost = count(k.lost, k.sent), frames = frames(k.frames) } }
			end
		end
		if arrives then return { refuted = true } end
	end,
	tests = {
		{ name = "nine leave, none arrives", ends = { ways = { a = { classes = { ah = { sent = 9, arrived = 0, lost = 9, low = 0.7, visible = true, frames = { 5 }, last_lost = 9 } } }, b = { classes = {} } } },
		  expect = { confidence = "confirmed" } },
		{ name = "unseen", ends = { ways = { a = { classes = { ah = { sent = 9, arrived = 0, lost = 9, low = 0.7, visible = false, frames = { 5 }, last_lost = 9 } } }, b = { classes = {} } } },
		  expect = { confidence = "likely" } },
		{ name = "it arrives", ends = { ways = { a = { classes = { ah = { sent = 9, arrived = 9, lost = 0 } } }, b = { classes = {} } } }, expect = "refuted" },
	},
}
