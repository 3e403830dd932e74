-- Both ends: the answer to the first message leaves and does not come back.
local FIRST = { IKE_SA_INIT = true, MAIN_1 = true, AGGRESSIVE_1 = true }

return rule {
	id = "path.udp500.blocked_return", step = "reachability", severity = "critical", scope = "ends",
	trigger = { "ways", "exchanges" },
	title = _"The answer leaves the peer and never comes back",
	say = {
		confirmed = _"The path from {sender} back to {receiver} discards IKE: the request of {receiver} arrives {asked} times, {sender} answers {lost} times ({frames}), and no answer reaches {receiver}.",
		likely = _"The path from {sender} back to {receiver} discards IKE: {sender} answers {lost} times ({frames}), and the recording at {receiver} has none of the answers.",
	},
	why = _"{lost} answers are lost on the way back",
	advise = {
		now = { _"Send the provider the text below.",
		        _"Look for a second firewall that never saw the request: it takes the answer for a stranger." },
		verify = { _"Record at {receiver}. This filter must show frames: ip.src=={sender} && udp.port==500" },
		isp = _"Please let UDP port 500 pass from {sender} to {receiver}, or tell us on which hop it ends: {lost} answers leave the one end and none reaches the other; we recorded at both. A stateful device between us must treat the answer as part of the flow that the request opened.",
		admin = { _"Check inbound filters in front of {receiver}, and asymmetric routing" },
	},
	explains = { "path.message_lost", "path.udp500.no_reply", "life.half_open", "cap.starts_late", "life.dpd.dead" },
	references = { "RFC 7296 2.1" },
	when = function(e, near, far)
		local hears = false
		for i, side in ipairs { "a", "b" } do
			local back = e.ways[other(side)].classes.ike_500
			local asked, answers, heard, last, frame1 = 0, 0, 0, 0, nil
			for n, x in ipairs(e.exchanges) do
				if FIRST[x.type] and x.from == side and x.arrived > 0 and not x.refused then
					asked, answers, heard = asked + x.arrived, answers + (x.answers_within or 0), heard + x.answers_arrived + x.answers_partly
					last, frame1 = math.max(last, x.answer_last or 0), frame1 or x.answer_frames
				end
			end
			if back and answers >= 2 and heard == 0 and back.arrived == 0 and back.lost >= 2 then
				return { confidence = back.visible and back.low >= 0.5 and "confirmed" or "likely", culprit = "path", frames = back.frames or frame1, at = last, filter = "udp.port==500",
				         args = { sender = address(e, other(side)), receiver = address(e, side), asked = count(asked), lost = count(back.lost, back.sent), frames = frames(back.frames or frame1) } }
			end
			hears = hears or heard > 0
		end
		if hears then return { refuted = true } end
	end,
	tests = {
		{ name = "five answers leave, none comes",
		  ends = { exchanges = { { type = "IKE_SA_INIT", from = "a", sent = 5, arrived = 5, answers_within = 5, answers_arrived = 0, answers_partly = 0, last = 40, answer_last = 40, frames = { 1 }, answer_frames = { { 1, 4 } } } },
		           ways = { a = { classes = {} }, b = { classes = { ike_500 = { sent = 5, arrived = 0, lost = 5, low = 0.57, visible = true, frames = { { 1, 4 } } } } } } },
		  expect = { confidence = "confirmed", culprit = "path" } },
		{ name = "two answers are few",
		  ends = { exchanges = { { type = "IKE_SA_INIT", from = "a", sent = 5, arrived = 2, answers_within = 2, answers_arrived = 0, answers_partly = 0, last = 40, answer_last = 40, frames = { 1 }, answer_frames = { { 1, 4 } } } },
		           ways = { a = { classes = {} }, b = { classes = { ike_500 = { sent = 2, arrived = 0, lost = 2, low = 0.34, visible = true, frames = { { 1, 4 } } } } } } },
		  expect = { confidence = "likely" } },
		{ name = "the answers come, and are not taken",
		  ends = { exchanges = { { type = "IKE_SA_INIT", from = "a", sent = 5, arrived = 5, answers_within = 5, answers_arrived = 5, answers_partly = 0, last = 40, answer_last = 40, frames = { 1 } } },
		           ways = { a = { classes = {} }, b = { classes = { ike_500 = { sent = 5, arrived = 5, lost = 0, low = 0, visible = true } } } } },
		  expect = "refuted" },
	},
}
