-- RFC 7296 1.3. Without keys: every CREATE_CHILD_SA is refused with eight octets, and each time a whole new IKE SA follows.
local REFUSALS, WITHIN_S = 2, 60

return rule {
	id = "child.no_additional_sas", step = "authentication", severity = "high", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The peer allows no further child SAs",
	say = {
		confirmed = _"{responder} allows no second child SA on one IKE SA: it answers {initiator} with NO_ADDITIONAL_SAS ({frames}).",
		possible = _"{responder} refuses every child SA after the first, {n} times ({frames}), and {initiator} builds a whole new IKE SA each time: it may allow one child per IKE SA only. Another PFS group looks the same; its log decides.",
	},
	sure = { confirmed = "the notify is here in clear text" },
	why = _"every further child SA refused",
	advise = {
		now = { _"Renew the whole IKE SA instead of the child, or permit several children at {responder}." },
		verify = { _"Rekey, or open a second network. The answer of {responder} must carry more than an error: the new SPI must show in frames of both sides with this filter: esp" },
		admin = { _"strongSwan: reauth_time instead of rekey_time towards such a peer" },
	},
	references = { "RFC 7296 1.3", "RFC 7296 3.10.1" },
	when = function(t, c)
		for _, r in ipairs(t.refused or {}) do
			if r.version == 2 and r.name == "NO_ADDITIONAL_SAS" then
				return {
					confidence = "confirmed", culprit = r.from == t.vantage.side and "local" or "peer", frames = r.frames, at = r.last,
					args = { initiator = address(t, r.to), responder = address(t, r.from), n = count(r.count), frames = frames(r.frames) },
				}
			end
		end
		local seen, example, renewed, last = {}, nil, 0, 0
		for i, a in ipairs(t.attempts) do
			local at
			for _, x in ipairs(a.exchanges) do
				if x.type == "CREATE_CHILD_SA" and x.answered and x.sends > 0 then
					local y = x.answer
					if y.first_inner == 33 then return nil end
					if y.first_inner == 41 and y.plain_min and y.plain_min <= 8 and y.plain_max >= 8 and y.plain_max < 28 then
						example, at, last = example or x, y.last, math.max(last, y.last)
						append(seen, y.frames)
					end
				end
			end
			local next = t.attempts[i + 1]
			if at and next and next.from_start and next.established and next.first - at <= WITHIN_S then renewed = renewed + 1 end
		end
		if not example or renewed < REFUSALS then return nil end
		return {
			confidence = "possible", culprit = example.to == t.vantage.side and "local" or "peer", frames = seen, at = last,
			args = { initiator = address(t, example.from), responder = address(t, example.to), n = count(#seen), frames = frames(seen) },
		}
	end,
	tests = {
		{ name = "the notify, readable", tunnel = { attempts = {}, refused = { { version = 2, name = "NO_ADDITIONAL_SAS", exchange = "CREATE_CHILD_SA", attempt = 1, from = "b", to = "a", count = 1, last = 1, frames = { 6 } } } }, expect = { confidence = "confirmed", culprit = "peer" } },
		{ name = "refused and built anew, twice",
		  tunnel = { attempts = { { exchanges = { { type = "CREATE_CHILD_SA", from = "a", to = "b", sends = 1, answered = true, answer = { first_inner = 41, plain_min = 0, plain_max = 15, last = 20, frames = { 20 } } } } },
		                          { from_start = true, established = "inferred", first = 21, exchanges = { { type = "CREATE_CHILD_SA", from = "a", to = "b", sends = 1, answered = true, answer = { first_inner = 41, plain_min = 0, plain_max = 15, last = 40, frames = { 40 } } } } },
		                          { from_start = true, established = "inferred", first = 41, exchanges = {} } } },
		  expect = { confidence = "possible" } },
		{ name = "one of them was granted",
		  tunnel = { attempts = { { exchanges = { { type = "CREATE_CHILD_SA", from = "a", to = "b", sends = 1, answered = true, answer = { first_inner = 41, plain_min = 0, plain_max = 15, last = 20, frames = { 20 } } },
		                                          { type = "CREATE_CHILD_SA", from = "b", to = "a", sends = 1, answered = true, answer = { first_inner = 33, last = 20, frames = { 22 } } } } },
		                          { from_start = true, established = "inferred", first = 21, exchanges = {} } } },
		  expect = "nothing" },
		{ name = "refused once only", tunnel = { attempts = { { exchanges = { { type = "CREATE_CHILD_SA", from = "a", to = "b", sends = 1, answered = true, answer = { first_inner = 41, plain_min = 0, plain_max = 15, last = 20, frames = { 20 } } } } } } }, expect = "nothing" },
	},
}
