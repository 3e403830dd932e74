-- One-sided, from the answering end: the request comes again after every answer, so the answer is not heard.
return rule {
	id = "path.udp500.blocked_return", step = "reachability", severity = "critical", scope = "tunnel",
	trigger = { "unheard" },
	title = _"The answer leaves the peer and never comes back",
	say = {
		likely = _"{initiator} does not hear {responder}: its first IKE message comes again {again} times after it was answered ({frames}). An initiator that drops the answer without a word looks the same; a capture at {initiator} decides.",
		possible = _"{initiator} does not hear {responder}: its first IKE message comes again {again} times after an answer of {size} left ({frames}). The way back is blocked, or the answer is too large for it; a capture at {initiator} decides.",
	},
	why = _"answers to {initiator} are not heard",
	advise = {
		now = { _"Record at {initiator}: do the answers arrive there? If they do, a filter on that host drops them." },
		verify = { _"The request of frame {first} must not be repeated." },
		isp = _"Please let UDP from {responder} port {dport} to {initiator} port {sport} pass: it is sent and does not arrive. A stateful device in between must treat this answer as part of the flow that the request opened.",
		admin = { _"Check inbound filters at {initiator}, and asymmetric routing through a second firewall that never saw the request." },
	},
	explains = { "life.half_open" },
	references = { "RFC 7296 2.1" },
	when = function(t, c)
		local first = { IKE_SA_INIT = true, MAIN_1 = true, AGGRESSIVE_1 = true }
		for _, x in ipairs(t.unheard) do
			local answered = x.answer and not x.refused
			if first[x.type] and answered and x.from ~= t.vantage.side and t.vantage.side ~= "unknown" and x.sends_after_answer >= 3
			   and t.attempts[x.attempt].stage == "agreed" then
				return {
					confidence = x.answer.ip_bytes <= 576 and "likely" or "possible", culprit = "path",
					frames = x.answer.frames, at = x.last,
					args = { initiator = address(t, x.from), responder = address(t, x.to), again = count(x.sends_after_answer),
					         frames = frames(x.answer.frames), first = frame(x.frames[1]), size = bytes(x.answer.ip_bytes),
					         sport = x.sport, dport = x.dport },
				}
			end
		end
	end,
	tests = {
		{ name = "asked again after every answer",
		  tunnel = { vantage = { side = "a" }, attempts = { { stage = "agreed" } },
		             unheard = { { type = "IKE_SA_INIT", from = "b", to = "a", attempt = 1, sends = 5, sends_after_answer = 4, last = 89, frames = { 1, 3 },
		                           sport = 500, dport = 500, answer = { ip_bytes = 464, frames = { 2, 4, 6 } } } } },
		  expect = { confidence = "likely", culprit = "path" } },
		{ name = "a refusal that is ignored is no loss",
		  tunnel = { vantage = { side = "a" }, attempts = { { stage = "refused" } },
		             unheard = { { type = "IKE_SA_INIT", from = "b", to = "a", attempt = 1, sends = 5, sends_after_answer = 4, last = 89, frames = { 1, 3 },
		                           sport = 500, dport = 500, refused = "NO_PROPOSAL_CHOSEN", answer = { ip_bytes = 64, frames = { 2, 4, 6 } } } } },
		  expect = "nothing" },
		{ name = "a large answer may be too large for the way back",
		  tunnel = { vantage = { side = "a" }, attempts = { { stage = "agreed" } },
		             unheard = { { type = "IKE_SA_INIT", from = "b", to = "a", attempt = 1, sends = 5, sends_after_answer = 4, last = 89, frames = { 1, 3 },
		                           sport = 500, dport = 500, answer = { ip_bytes = 1400, frames = { 2, 4, 6 } } } } },
		  expect = { confidence = "possible" } },
	},
}
