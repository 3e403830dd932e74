-- XAUTH: question, answer, status, acknowledgement, all encrypted. Good and bad status have one size; a success goes on within seconds.
local NEXT_STEP_S = 5

return rule {
	id = "auth.xauth.failed", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "transactions" },
	title = _"The user login (XAUTH) is refused",
	say = {
		likely = _"{server} refuses the user login of {client}: question, answer and status are exchanged ({frames}), then nothing follows that a success would bring, neither settings nor Quick Mode. User name or password is wrong, or the account is locked.",
		possible = _"{server} refuses the user login of {client}: question, answer and status are exchanged ({frames}), then nothing follows that a success would bring. A recording that ends too early, or a next message lost on the way, looks the same; a longer recording at {client} decides.",
	},
	sure = { likely = "a message ends it, or the client's own recording shows that it does not go on" },
	why = _"login ends after its status",
	advise = {
		now = { _"Check first, in the log of {server} or of its login server (RADIUS, LDAP) for that second, whether the account is locked or expired: every further attempt may lock it for longer.", _"Only then log in once more, with user name and password typed anew." },
		verify = { _"Log in again. Within seconds after the login Quick Mode must follow; this filter must show frames: isakmp.exchangetype==32" },
		peer = _"Please look up why {server}, or its login server, refuses the user login of {client} at the time below: user, password, or a locked account.",
		admin = { _"ASA: debug crypto isakmp 5, test aaa-server authentication", _"strongSwan: XAuth authentication of ... failed" },
	},
	explains = { "life.half_open" },
	references = { "draft-beaulieu-ike-xauth-02 5", "draft-beaulieu-ike-xauth-02 6" },
	when = function(t, c)
		local seen, found, last, sure = {}, nil, 0, false
		for i, a in ipairs(t.attempts or {}) do
			local done, ended, more, said, open = 0, 0, false, false, false
			local own = {}
			for _, x in ipairs(a.exchanges) do
				if x.type == "TRANSACTION" and x.from == a.responder then
					if x.answered and x.sends > 0 then
						done, ended = done + 1, math.max(ended, x.answer.last, x.last)
						append(own, x.frames, x.answer.frames)
					else
						open = true
					end
				elseif x.type == "TRANSACTION" or x.type == "QUICK_1" then
					more = true
				end
			end
			for _, x in ipairs(a.exchanges) do
				if x.type == "INFORMATIONAL_V1" and x.sends > 0 and x.first >= ended and x.first - ended < 60 then said = true end
			end
			local over = said or not a.hole and (t.attempts[i + 1] ~= nil or t.span.capture_end - ended > NEXT_STEP_S)
			if a.version == 1 and a.xauth and done >= 2 and not more and not open then
				found, last = a, math.max(last, ended)
				sure = sure or said or over and t.vantage.side == a.initiator
				append(seen, own)
			end
		end
		if not found then return nil end
		return {
			confidence = sure and "likely" or "possible", culprit = "both", frames = seen, at = last, filter = "isakmp.exchangetype==6",
			severity = t.works and t.works.since >= last and "medium" or nil,
			args = { client = address(t, found.initiator), server = address(t, found.responder), frames = frames(seen) },
		}
	end,
	tests = {
		{ name = "status, then nothing",
		  tunnel = { transactions = { {} }, attempts = { { version = 1, xauth = true, initiator = "a", responder = "b",
		    exchanges = { { type = "TRANSACTION", from = "b", sends = 1, last = 1, answered = true, frames = { 4 }, answer = { last = 1.1, frames = { 5 } } },
		                  { type = "TRANSACTION", from = "b", sends = 1, last = 1.2, answered = true, frames = { 6 }, answer = { last = 1.3, frames = { 7 } } } } } } },
		  expect = { confidence = "likely" } },
		{ name = "the same at the server",
		  tunnel = { vantage = { side = "b" }, transactions = { {} }, attempts = { { version = 1, xauth = true, initiator = "a", responder = "b",
		    exchanges = { { type = "TRANSACTION", from = "b", sends = 1, last = 1, answered = true, frames = { 4 }, answer = { last = 1.1, frames = { 5 } } },
		                  { type = "TRANSACTION", from = "b", sends = 1, last = 1.2, answered = true, frames = { 6 }, answer = { last = 1.3, frames = { 7 } } } } } } },
		  expect = { confidence = "possible" } },
		{ name = "one question only: the client has no such method",
		  tunnel = { transactions = { {} }, attempts = { { version = 1, xauth = true, initiator = "a", responder = "b",
		    exchanges = { { type = "TRANSACTION", from = "b", sends = 1, last = 1, answered = true, frames = { 4 }, answer = { last = 1.1, frames = { 5 } } } } } } },
		  expect = "nothing" },
		{ name = "the client asks for its settings",
		  tunnel = { transactions = { {} }, attempts = { { version = 1, xauth = true, initiator = "a", responder = "b",
		    exchanges = { { type = "TRANSACTION", from = "b", sends = 1, last = 1, answered = true, frames = { 4 }, answer = { last = 1.1, frames = { 5 } } },
		                  { type = "TRANSACTION", from = "b", sends = 1, last = 1.2, answered = true, frames = { 6 }, answer = { last = 1.3, frames = { 7 } } },
		                  { type = "TRANSACTION", from = "a", sends = 1, last = 1.4, answered = true, frames = { 8 }, answer = { last = 1.5, frames = { 9 } } } } } } },
		  expect = "nothing" },
		{ name = "the recording ends right after the status: one grade less",
		  tunnel = { span = { capture_end = 3 }, transactions = { {} }, attempts = { { version = 1, xauth = true, initiator = "a", responder = "b",
		    exchanges = { { type = "TRANSACTION", from = "b", sends = 1, last = 1, answered = true, frames = { 4 }, answer = { last = 1.1, frames = { 5 } } },
		                  { type = "TRANSACTION", from = "b", sends = 1, last = 1.2, answered = true, frames = { 6 }, answer = { last = 1.3, frames = { 7 } } } } } } },
		  expect = { confidence = "possible" } },
	},
}
