-- RFC 2407 4.5.4: most take the shorter lifetime in silence. A fault only where the tunnel falls at just that period.
local NEAR = 0.15

return rule {
	id = "ike1.lifetime", step = "negotiation", severity = "low", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Lifetimes differ",
	say = {
		confirmed = _"{initiator} offers a phase 1 lifetime of {offered} and {responder} answers with {chosen} ({frames}).",
		likely = _"{initiator} offers a phase 1 lifetime of {offered}, {responder} answers with {chosen} ({frames}), and the tunnel ends after {ended}, about the shorter of the two: one side lets it run out before the other renews it.",
	},
	sure = {
		confirmed = "offer and answer are here in clear text",
		likely = "it ends at the age that the lifetimes give",
	},
	why = _"lifetime {offered} against {chosen}",
	advise = {
		now = { _"Set the same phase 1 lifetime on both sides." },
		verify = { _"Connect again. Offer of {initiator} and answer of {responder} must hold the same life duration; this filter shows both: isakmp.exchangetype==2 || isakmp.exchangetype==4" },
		admin = { _"ASA: crypto ikev1 policy, lifetime; IOS: crypto isakmp policy, lifetime", _"strongSwan: rekey_time, reauth_time; Libreswan: ikelifetime" },
	},
	references = { "RFC 2407 4.5.4", "RFC 2407 4.6.3.1" },
	when = function(t, c)
		for _, a in ipairs(t.attempts) do
			local life, fits = a.life, false
			for _, s in ipairs(life and life.offered or {}) do
				if s == life.chosen then fits = true end
			end
			if life and life.chosen and #life.offered > 0 and not fits then
				local answer
				for _, x in ipairs(a.exchanges) do
					if (x.type == "MAIN_1" or x.type == "AGGRESSIVE_1") and x.answered and #x.answer.frames > 0 then answer = x.answer.frames[1] end
				end
				local shortest = math.min(life.offered[1], life.chosen)
				local ended = a.deleted and a.established_at and a.deleted.at - a.established_at
				local falls = ended and math.abs(ended - shortest) < NEAR * shortest
				if answer then
					return {
						confidence = falls and "likely" or "confirmed", culprit = "both", frames = { answer }, severity = falls and "medium" or nil,
						args = { initiator = address(t, a.initiator), responder = address(t, a.responder), offered = duration(life.offered[1]), chosen = duration(life.chosen),
						         ended = duration(ended), frames = frames { answer } },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "a day against an hour", tunnel = { attempts = { { initiator = "a", responder = "b", life = { offered = { 86400 }, chosen = 3600 }, exchanges = { { type = "MAIN_1", answered = true, answer = { frames = { 2 } } } } } } },
		  expect = { confidence = "confirmed", severity = "low" } },
		{ name = "and the tunnel is deleted after an hour",
		  tunnel = { attempts = { { initiator = "a", responder = "b", life = { offered = { 86400 }, chosen = 3600 }, established_at = 1, deleted = { at = 3590, by = "b", frames = { 90 } },
		                            exchanges = { { type = "MAIN_1", answered = true, answer = { frames = { 2 } } } } } } },
		  expect = { confidence = "likely", severity = "medium" } },
		{ name = "one of several offers", tunnel = { attempts = { { initiator = "a", responder = "b", life = { offered = { 86400, 3600 }, chosen = 3600 }, exchanges = { { type = "MAIN_1", answered = true, answer = { frames = { 2 } } } } } } },
		  expect = "nothing" },
		{ name = "the answer says none", tunnel = { attempts = { { initiator = "a", responder = "b", life = { offered = { 86400 } }, exchanges = { { type = "MAIN_1", answered = true, answer = { frames = { 2 } } } } } } },
		  expect = "nothing" },
	},
}
