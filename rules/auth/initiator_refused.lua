-- A.6: right after a full answer the initiator sends one bare notify in an INFORMATIONAL request of its own.
-- The SA lives on: then it was a MOBIKE or other status notify.
local function used(t, a, x)
	for _, y in ipairs(a.exchanges) do
		if y.sends > 0 and y.first > x.last and y.answered and y.first_inner ~= 42 then return true end
	end
	for _, f in ipairs(t.flows or {}) do
		if f.packets >= 3 and f.first < x.first + 30 and f.last > x.first then return true end
	end
	return false
end

return rule {
	id = "auth.initiator_refused", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The asking side does not accept the answer",
	say = {
		likely = _"{initiator} refuses the login answer of {responder}: {responder} accepts and answers in full ({answer}), then {initiator} sends one bare error message ({frames}) and uses nothing. The certificate, the identity or the pre-shared key of {responder} is not what {initiator} expects.",
	},
	sure = { likely = "a status notify is excluded, for nothing of the SA is used afterwards; all causes are named" },
	why = _"{initiator} sends an error after a full answer",
	advise = {
		now = { _"Read the log of {initiator} for that second: it names what it does not accept.",
		        _"Check the CA and the expected identity of {responder} on {initiator}." },
		verify = { _"Log in again, with data through the tunnel. This filter must show frames, and no INFORMATIONAL of {initiator} may stand before them: esp" },
		peer = _"Please compare with us which CA and which identity of {responder} {initiator} expects, and the pre-shared key if there is one. {initiator} does not accept the answer of {responder}, and only its log of the time below names the reason.",
		admin = { _"strongSwan: swanctl --log --level 2, pki --verify; ASA: show crypto ca certificates", _"Windows: error 13801 or 13806; certlm.msc, certutil -verify" },
	},
	explains = { "life.half_open", "data.esp.none", "child.missing", "life.delete_storm" },
	references = { "RFC 7296 2.21.2" },
	when = function(t, c)
		local seen, found, answer, last = {}, nil, nil, 0
		for _, a in ipairs(t.attempts) do
			local auth = a.auth
			if a.version == 2 and auth and not auth.eap and (auth.class == "success" or auth.class == "no_child" or auth.class == "undecided") then
				for _, x in ipairs(a.exchanges) do
					if x.type == "INFORMATIONAL" and x.from == a.initiator and x.sends > 0 and x.first_inner == 41 and x.plain_min
					   and x.plain_min <= 8 and x.plain_max >= 8 and x.plain_max < 28 and x.first >= auth.at and x.first - auth.at < 2
					   and not used(t, a, x) then
						found, answer, last = a, auth.frames, math.max(last, x.first)
						append(seen, x.frames)
					end
				end
			end
		end
		if not found then return nil end
		return {
			confidence = "likely", culprit = "both", frames = seen, at = last,
			severity = t.works and t.works.since >= last and "medium" or nil,
			args = { initiator = address(t, found.initiator), responder = address(t, found.responder), frames = frames(seen), answer = frames(answer) },
		}
	end,
	tests = {
		{ name = "an error message of the initiator follows the full answer",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", auth = { class = "success", eap = false, at = 1, frames = { 4 } },
		                            exchanges = { { type = "INFORMATIONAL", from = "a", sends = 1, first_inner = 41, plain_min = 0, plain_max = 15, first = 1.01, last = 1.01, frames = { 5 } } } } } },
		  expect = { confidence = "likely", culprit = "both" } },
		{ name = "a Delete is no refusal",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", auth = { class = "success", eap = false, at = 1, frames = { 4 } },
		                            exchanges = { { type = "INFORMATIONAL", from = "a", sends = 1, first_inner = 42, plain_min = 0, plain_max = 15, first = 1.01, last = 1.01, frames = { 5 } } } } } },
		  expect = "nothing" },
		{ name = "a MOBIKE notify is larger",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", auth = { class = "success", eap = false, at = 1, frames = { 4 } },
		                            exchanges = { { type = "INFORMATIONAL", from = "a", sends = 1, first_inner = 41, plain_min = 64, plain_max = 79, first = 1.01, last = 1.01, frames = { 5 } } } } } },
		  expect = "nothing" },
		{ name = "data flows: the tunnel is used",
		  tunnel = { flows = { { first = 1.2, last = 9, packets = 30 } },
		             attempts = { { version = 2, initiator = "a", responder = "b", auth = { class = "success", eap = false, at = 1, frames = { 4 } },
		                            exchanges = { { type = "INFORMATIONAL", from = "a", sends = 1, first_inner = 41, plain_min = 0, plain_max = 15, first = 1.01, last = 1.01, frames = { 5 } } } } } },
		  expect = "nothing" },
	},
}
