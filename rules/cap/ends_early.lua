-- Method D.4: the asker has not given up yet when the file ends.

return rule {
	id = "cap.ends_early", step = "capture", severity = "medium", scope = "tunnel",
	trigger = { "unanswered" },
	title = _"The recording ends before the outcome",
	say = {
		confirmed = _"The recording ends before the outcome: {asker} sends {message} ({sends} seen: {frames}), and the file ends {left} after that, before the next would be due. An answer may still come.",
	},
	why = _"{message} still open at the end",
	advise = {
		now = { _"Record again, for three minutes at the least after the first message." },
		verify = { _"The new recording shows an answer, or resends until the asker gives up." },
		admin = { _"ASA: a larger buffer; tcpdump -G, -W for a ring of files" },
	},
	references = { "RFC 7296 2.1", "RFC 7296 2.4" },
	when = function(t, c)
		local open
		for _, x in ipairs(t.unanswered) do
			local a = t.attempts and t.attempts[x.attempt]
			local refused = x.refused or a and a.version == 1 and informed(a, x.to, x.first) -- an error came instead
			if not refused and not waited(x) and not x.hole and not x.superseded and not x.partial_answer and x.icmp == 0 and t.span.capture_end - x.last < 30 then open = x end
		end
		if not open or t.probe and not c.cut then return nil end
		return {
			confidence = "confirmed", culprit = "capture", frames = open.frames, at = open.last, severity = t.works and "info" or nil,
			args = { asker = address(t, open.from), message = message(open.type), sends = count(open.sends), left = duration(math.max(t.span.capture_end - open.last, 0.001)), frames = frames(open.frames) },
		}
	end,
	tests = {
		{ name = "two requests, then the end",
		  tunnel = { span = { capture_end = 5 }, unanswered = { { type = "IKE_SA_INIT", from = "a", to = "b", sends = 2, quiet = false, superseded = false, icmp = 0, last = 4, frames = { 1, 2 } } } },
		  expect = { confidence = "confirmed", culprit = "capture", severity = "medium" } },
		{ name = "answered by an error message (IKEv1)",
		  tunnel = { span = { capture_end = 5 }, attempts = { { version = 1, exchanges = { { type = "INFORMATIONAL_V1", from = "b", sends = 1, first = 4.1, last = 4.1 } } } },
		             unanswered = { { type = "QUICK_1", attempt = 1, from = "a", to = "b", sends = 1, quiet = false, superseded = false, icmp = 0, first = 4, last = 4, frames = { 9 } } } },
		  expect = "nothing" },
		{ name = "a check of a tunnel that works",
		  tunnel = { works = { since = 1, last = 4 }, span = { capture_end = 5 }, unanswered = { { type = "INFORMATIONAL", from = "a", to = "b", sends = 1, quiet = false, superseded = false, icmp = 0, last = 4, frames = { 9 } } } },
		  expect = { severity = "info" } },
		{ name = "given up long before the end",
		  tunnel = { unanswered = { { type = "IKE_SA_INIT", from = "a", to = "b", sends = 5, quiet = true, superseded = false, icmp = 0, last = 89, frames = { 1, 2 } } } }, expect = "nothing" },
	},
}
