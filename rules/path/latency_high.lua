-- The answer comes, but later than the asker waits: its resends are no loss.
return rule {
	id = "path.latency.high", step = "reachability", severity = "medium", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Answers come, but slower than the sender waits",
	say = {
		confirmed = _"{responder} answers {message} of {initiator} only after {delay}: {initiator} asks {sends} times before that ({frames}). Nothing is lost; {responder} is slow, or waits for something itself (certificate check, login server).",
		likely = _"The answer of {responder} to {message} of {initiator} comes only after {delay} ({frames}), and one answer for each of {sends} requests: nothing is lost, the way or {responder} is slow.",
	},
	sure = {
		confirmed = "recorded where the answer is made: it left that late",
		likely = "way and responder are both named",
	},
	why = _"{message} answered after {delay}",
	advise = {
		now = { _"Look what {responder} waits for in that time: name server, CRL or OCSP server, RADIUS, another process on the box." },
		verify = { _"{message} is answered before the first resend, within a second." },
		admin = { _"Windows: certutil -verify -urlfetch; strongSwan: revocation plugin timeouts; ASA: revocation-check, debug crypto ca 14" },
	},
	references = { "RFC 7296 2.1" },
	when = function(t, c)
		for _, a in ipairs(t.attempts) do
			for _, x in ipairs(a.exchanges) do
				local y = x.answer
				if a.version == 2 and y and x.sends >= 2 and y.delay and y.delay >= 2 and x.at and not x.partial_answer and (x.complete ~= false) and y.complete ~= false then
					local before = 0
					for _, at in ipairs(x.at) do
						if at < y.first then before = before + 1 end
					end
					local at_responder = x.to == t.vantage.side
					if before >= 2 and (at_responder or y.sends >= before) then
						return {
							confidence = at_responder and "confirmed" or "likely", culprit = at_responder and "local" or "unknown", frames = y.frames, at = y.last,
							args = { initiator = address(t, x.from), responder = address(t, x.to), message = message(x.type), delay = duration(y.delay), sends = count(before), frames = frames(y.frames) },
						}
					end
				end
			end
		end
	end,
	tests = {
		{ name = "at the responder: asked four times, answered after ten seconds",
		  tunnel = { attempts = { { version = 2, exchanges = { { type = "IKE_AUTH", from = "b", to = "a", sends = 4, at = { 0, 1.5, 4.2, 9 }, answer = { sends = 4, first = 10, last = 10, delay = 10, frames = { 9 } } } } } } },
		  expect = { confidence = "confirmed", severity = "medium", culprit = "local" } },
		{ name = "at the initiator: an answer for each request",
		  tunnel = { attempts = { { version = 2, exchanges = { { type = "IKE_AUTH", from = "a", to = "b", sends = 2, at = { 0, 1.5 }, answer = { sends = 2, first = 3, last = 3.1, delay = 3, frames = { 9 } } } } } } },
		  expect = { confidence = "likely" } },
		{ name = "at the initiator: one answer after a resend is loss",
		  tunnel = { attempts = { { version = 2, exchanges = { { type = "IKE_AUTH", from = "a", to = "b", sends = 2, at = { 0, 4 }, answer = { sends = 1, first = 4.01, last = 4.01, delay = 4.01, frames = { 9 } } } } } } },
		  expect = "nothing" },
		{ name = "at the responder: the first copies were lost before it",
		  tunnel = { attempts = { { version = 2, exchanges = { { type = "IKE_AUTH", from = "b", to = "a", sends = 2, at = { 0, 4 }, answer = { sends = 2, first = 0.01, last = 4.01, delay = 0.01, frames = { 9 } } } } } } },
		  expect = "nothing" },
	},
}
