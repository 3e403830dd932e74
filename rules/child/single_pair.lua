-- RFC 7296 2.9. Without keys: a bare error, and at once a smaller request that is granted.
local WITHIN_S = 5

return rule {
	id = "child.single_pair", step = "authentication", severity = "high", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The peer accepts only one address pair per SA",
	say = {
		confirmed = _"{responder} grants one pair of addresses per tunnel only: it answers {initiator} with SINGLE_PAIR_REQUIRED ({frames}).",
		possible = _"{responder} refuses a request of {initiator} for a child SA ({asked}) and grants a smaller one at once ({frames}): it may take one pair of addresses per SA only. A smaller list of algorithms or networks looks the same; its log decides.",
	},
	sure = { confirmed = "the notify is here in clear text" },
	why = _"a smaller request is granted",
	advise = {
		now = { _"List every pair of networks of {initiator} as a child SA of its own." },
		verify = { _"Connect again, with data between every pair of networks. This filter must show a SPI of its own for each pair: esp" },
		admin = { _"strongSwan: one children entry for each pair; Libreswan: one conn for each pair" },
	},
	references = { "RFC 7296 2.9" },
	when = function(t, c)
		for _, r in ipairs(t.refused or {}) do
			if r.version == 2 and r.name == "SINGLE_PAIR_REQUIRED" then
				return {
					confidence = "confirmed", culprit = "both", frames = r.frames, at = r.last, severity = t.works and "low" or nil,
					args = { initiator = address(t, r.to), responder = address(t, r.from), asked = frames {}, frames = frames(r.frames) },
				}
			end
		end
		for _, a in ipairs(t.attempts) do
			local refused
			for _, x in ipairs(a.exchanges) do
				local y = x.type == "CREATE_CHILD_SA" and x.answered and x.sends > 0 and x.answer
				if y and y.first_inner == 41 and y.plain_max and y.plain_max < 28 and not refused then
					refused = x
				elseif y and y.first_inner == 33 and refused and refused.from == x.from and x.bytes < refused.bytes and x.first - refused.answer.last <= WITHIN_S and x.first >= refused.answer.first then
					return {
						confidence = "possible", culprit = "both", frames = x.frames, at = x.last, severity = "low",
						args = { initiator = address(t, x.from), responder = address(t, x.to), asked = frames(refused.frames), frames = frames(x.frames) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "the notify, readable", tunnel = { attempts = {}, refused = { { version = 2, name = "SINGLE_PAIR_REQUIRED", exchange = "CREATE_CHILD_SA", attempt = 1, from = "b", to = "a", last = 1, frames = { 6 } } } }, expect = { confidence = "confirmed" } },
		{ name = "refused, then granted with less",
		  tunnel = { attempts = { { exchanges = { { type = "CREATE_CHILD_SA", from = "a", to = "b", sends = 1, bytes = 320, first = 9, answered = true, frames = { 20 }, answer = { first_inner = 41, plain_max = 15, first = 9.1, last = 9.1 } },
		                                          { type = "CREATE_CHILD_SA", from = "a", to = "b", sends = 1, bytes = 288, first = 9.2, last = 9.2, answered = true, frames = { 22 }, answer = { first_inner = 33, first = 9.3, last = 9.3 } } } } } },
		  expect = { confidence = "possible", severity = "low" } },
		{ name = "the same request again: a collision",
		  tunnel = { attempts = { { exchanges = { { type = "CREATE_CHILD_SA", from = "a", to = "b", sends = 1, bytes = 320, first = 9, answered = true, frames = { 20 }, answer = { first_inner = 41, plain_max = 15, first = 9.1, last = 9.1 } },
		                                          { type = "CREATE_CHILD_SA", from = "a", to = "b", sends = 1, bytes = 320, first = 9.2, last = 9.2, answered = true, frames = { 22 }, answer = { first_inner = 33, first = 9.3, last = 9.3 } } } } } },
		  expect = "nothing" },
	},
}
