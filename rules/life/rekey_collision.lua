return rule {
	id = "life.rekey.collision", step = "lifecycle", severity = "info", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Both sides rekey at once",
	say = { confirmed = _"{a} and {b} renew keys at the same moment: their requests cross ({frames}). RFC 7296 settles that by the lowest nonce; the tunnel goes on." },
	why = _"rekey requests cross",
	advise = { admin = { _"To avoid it let one side rekey 10 to 20 percent earlier than the other." } },
	references = { "RFC 7296 2.8.1", "RFC 7296 2.25" },
	when = function(t, c)
		for i, a in ipairs(t.attempts) do
			for k, x in ipairs(a.exchanges) do
				for n, y in ipairs(a.exchanges) do
					if x.type == "CREATE_CHILD_SA" and y.type == "CREATE_CHILD_SA" and x.from == "a" and y.from == "b" and x.sends > 0 and y.sends > 0 and x.answer and y.answer
					   and y.first < x.answer.first and x.first < y.answer.first then
						local seen = {}
						for m, f in ipairs(x.frames) do seen[#seen + 1] = f end
						for m, f in ipairs(y.frames) do seen[#seen + 1] = f end
						return { confidence = "confirmed", culprit = "none", frames = seen, at = x.last, args = { a = address(t, "a"), b = address(t, "b"), frames = frames(seen) } }
					end
				end
			end
		end
	end,
	tests = {
		{ name = "crossing", tunnel = { attempts = { { exchanges = { { type = "CREATE_CHILD_SA", from = "a", sends = 1, first = 10, last = 10, frames = { 20 }, answer = { first = 10.1 } }, { type = "CREATE_CHILD_SA", from = "b", sends = 1, first = 10.05, last = 10.05, frames = { 21 }, answer = { first = 10.2 } } } } } },
		  expect = { confidence = "confirmed", severity = "info" } },
		{ name = "one after the other", tunnel = { attempts = { { exchanges = { { type = "CREATE_CHILD_SA", from = "a", sends = 1, first = 10, last = 10, frames = { 20 }, answer = { first = 10.1 } }, { type = "CREATE_CHILD_SA", from = "b", sends = 1, first = 20, last = 20, frames = { 21 }, answer = { first = 20.2 } } } } } },
		  expect = "nothing" },
	},
}
