return rule {
	id = "ike1.quick.no_reply", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "unanswered" },
	title = _"Phase 1 is up, Quick Mode gets no answer",
	say = {
		confirmed = _"{responder} never answers Quick Mode: phase 1 is up, {initiator} sends message 1 of phase 2 {sends} times, {size} each, and no reply comes ({frames}).",
	},
	why = _"Quick Mode never answered",
	advise = {
		now = { _"Compare networks (crypto ACLs), ESP algorithms and PFS group of both sides; some devices refuse in silence.", _"Record at {responder}: does the message arrive there?" },
		verify = { _"Connect again. This filter must show message 2, a frame of {responder}: isakmp.exchangetype==32 && ip.src=={responder}" },
		isp = _"Please check packet sizes and IP fragments between {initiator} and {responder}: the messages of phase 1 pass, the next one of {size} brings no answer.",
		admin = { _"ASA: debug crypto isakmp 5 (All SA proposals found unacceptable, no matching crypto map entry); IOS: debug crypto ipsec" },
	},
	explains = { "life.half_open" },
	references = { "RFC 2409 5.5" },
	when = function(t, c)
		for _, x in ipairs(t.unanswered) do
			local a = t.attempts[x.attempt]
			if x.type == "QUICK_1" and x.sends >= 3 and waited(x) and x.icmp == 0 and not x.partial_answer and x.to ~= t.vantage.side
			   and not informed(a, x.to, x.first) and not a.established and not (t.works and t.works.since > x.last) then
				return {
					confidence = "confirmed", culprit = "unknown", frames = x.frames, at = x.last, filter = "isakmp.exchangetype==32",
					args = { initiator = address(t, x.from), responder = address(t, x.to), sends = count(x.sends), size = bytes(x.ip_bytes), frames = frames(x.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "five times in vain",
		  tunnel = { attempts = { { version = 1, exchanges = {} } },
		             unanswered = { { type = "QUICK_1", from = "a", to = "b", attempt = 1, sends = 5, quiet = true, icmp = 0, first = 2, last = 60, ip_bytes = 300, frames = { 8, 9 } } } },
		  expect = { confidence = "confirmed" } },
		{ name = "three times and given up: the recording goes on long enough",
		  tunnel = { attempts = { { version = 1, exchanges = {} } },
		             unanswered = { { type = "QUICK_1", from = "a", to = "b", attempt = 1, sends = 3, quiet = true, icmp = 0, first = 2, last = 60, ip_bytes = 300, frames = { 8, 9 } } } },
		  expect = { confidence = "confirmed" } },
		{ name = "the recording has a hole where its answer may have been",
		  tunnel = { attempts = { { version = 1, exchanges = {} } },
		             unanswered = { { type = "QUICK_1", from = "a", to = "b", attempt = 1, sends = 5, quiet = false, hole = true, icmp = 0, first = 2, last = 60, ip_bytes = 300, frames = { 8, 9 } } } },
		  expect = "nothing" },
		{ name = "an INFORMATIONAL answers: ike1.quick.refused",
		  tunnel = { attempts = { { version = 1, exchanges = { { type = "INFORMATIONAL_V1", from = "b", sends = 1, first = 2.01, last = 2.01 } } } },
		             unanswered = { { type = "QUICK_1", from = "a", to = "b", attempt = 1, sends = 5, quiet = true, icmp = 0, first = 2, last = 60, ip_bytes = 300, frames = { 8, 9 } } } },
		  expect = "nothing" },
		{ name = "the recording ends too early",
		  tunnel = { attempts = { { version = 1, exchanges = {} } },
		             unanswered = { { type = "QUICK_1", from = "a", to = "b", attempt = 1, sends = 3, quiet = false, icmp = 0, first = 2, last = 9, ip_bytes = 300, frames = { 8, 9 } } } },
		  expect = "nothing" },
	},
}
