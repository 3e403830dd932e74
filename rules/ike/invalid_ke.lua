return rule {
	id = "ike.invalid_ke", step = "negotiation", severity = "info", scope = "tunnel",
	trigger = { "refused" },
	title = _"The peer asks for another DH group",
	say = {
		confirmed = _"{responder} asks {initiator} for DH group {group}, and the next request brings it ({frames}): one extra round trip, nothing wrong.",
	},
	sure = { confirmed = "the notify and the request that heeds it are here" },
	why = _"group {group} asked for",
	advise = { admin = { _"To save the round trip put group {group} first in the proposal of {initiator}." } },
	references = { "RFC 7296 1.2", "RFC 7296 3.4" },
	when = function(t, c)
		for _, r in ipairs(t.refused) do
			local a = t.attempts[r.attempt]
			if r.name == "INVALID_KE_PAYLOAD" and a and a.suite and r.count < 3 then
				return {
					confidence = "confirmed", culprit = "none", frames = r.frames, at = r.last,
					args = { initiator = address(t, r.to), responder = address(t, r.from), group = r.group or 0, frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "asked once, then agreed",
		  tunnel = { attempts = { { suite = { group = 19 } } },
		             refused = { { name = "INVALID_KE_PAYLOAD", attempt = 1, from = "b", to = "a", group = 19, count = 1, frames = { 2 }, last = 0 } } },
		  expect = { confidence = "confirmed", severity = "info" } },
		{ name = "never agreed",
		  tunnel = { attempts = { {} },
		             refused = { { name = "INVALID_KE_PAYLOAD", attempt = 1, from = "b", to = "a", group = 19, count = 4, frames = { 2 }, last = 0 } } },
		  expect = "nothing" },
	},
}
