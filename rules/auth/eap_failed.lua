-- A.5: EAP-Success and EAP-Failure have the same size. After a success the initiator goes on with AUTH (first inner payload 39).
return rule {
	id = "auth.eap.failed", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The user login (EAP) is refused",
	say = {
		likely = _"{responder} refuses the user login of {initiator}: the EAP dialogue ends in {ending} ({frames}), and the tunnel never comes up. User name or password is wrong, or the login server refuses the account.",
		possible = _"The user login of {initiator} at {responder} fails: the EAP dialogue ends with {frames}, and nothing that a success brings follows. A login server that never answers, or a user who gave up, looks the same; the log of {responder} decides.",
	},
	sure = { likely = "an error message ends it, or the asking end's own recording shows that it does not go on" },
	why = _"EAP ends in {ending}",
	advise = {
		now = { _"Check first, in the log of the login server (RADIUS) for that second, whether the account is locked or expired: Access-Reject names the reason, and every further attempt may lock it for longer.",
		        _"Only then log in once more, with user name and password typed anew." },
		verify = { _"Log in again, with data through the tunnel: after EAP the client sends one more IKE_AUTH, and this filter must show frames: esp" },
		peer = _"Please look up why {responder}, or its login server, refuses the user login of {initiator} at the time below. An Access-Reject of RADIUS names the reason.",
		admin = { _"strongSwan: swanctl --log --level 2 (EAP method failed); RADIUS: the reject in its log", _"Windows client: error 691 or 812" },
	},
	explains = { "life.half_open", "data.esp.none" },
	references = { "RFC 7296 2.16", "RFC 7296 3.16", "RFC 3748 4.2" },
	when = function(t, c)
		local seen, found, ending, last, sure = {}, nil, nil, 0, false
		for i, a in ipairs(t.attempts) do
			local auth = a.auth
			if a.version == 2 and auth and auth.eap and (auth.class == "eap_end" or auth.class == "eap" or auth.class == "bare_notify") then
				local goes_on, error_said
				for _, x in ipairs(a.exchanges) do
					if x.type == "IKE_AUTH" and x.sends > 0 and x.first > auth.at then goes_on = true end
					if x.type == "INFORMATIONAL" and x.from == a.initiator and x.sends > 0 and x.first_inner == 41 and x.first >= auth.at
					   and x.plain_min and x.plain_min <= 8 and x.plain_max < 28 then
						error_said = x
					end
				end
				local over = not a.hole and (t.attempts[i + 1] ~= nil or t.span.capture_end - auth.at > 5)
				if not goes_on and (auth.class == "bare_notify" or error_said or (auth.class == "eap_end" and over)) then
					found, last = a, math.max(last, auth.at)
					sure = sure or auth.class == "bare_notify" or error_said ~= nil or t.vantage.side == a.initiator
					ending = error_said and _"an error message" or auth.class == "eap_end" and _"a failure" or _"an error message"
					append(seen, auth.frames, error_said and error_said.frames)
				end
			end
		end
		if not found then return nil end
		return {
			confidence = sure and "likely" or "possible", culprit = "both", frames = seen, at = last,
			severity = t.works and t.works.since >= last and "medium" or nil,
			args = { initiator = address(t, found.initiator), responder = address(t, found.responder), frames = frames(seen), ending = ending },
		}
	end,
	tests = {
		{ name = "EAP ends and the initiator stops",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", auth = { class = "eap_end", eap = true, at = 1, frames = { 8 } }, exchanges = {} } } },
		  expect = { confidence = "likely" } },
		{ name = "the same, recorded at the responder",
		  tunnel = { vantage = { side = "b" }, attempts = { { version = 2, initiator = "a", responder = "b", auth = { class = "eap_end", eap = true, at = 1, frames = { 8 } }, exchanges = {} } } },
		  expect = { confidence = "possible" } },
		{ name = "MSCHAPv2: the client ends with an error message",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", auth = { class = "eap", eap = true, at = 1, frames = { 8 } },
		                            exchanges = { { type = "INFORMATIONAL", from = "a", sends = 1, first_inner = 41, plain_min = 0, plain_max = 15, first = 1.1, frames = { 9 } } } } } },
		  expect = { confidence = "likely", text_has = "an error message" } },
		{ name = "the initiator proves itself after EAP-Success",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", auth = { class = "eap_end", eap = true, at = 1, frames = { 8 } },
		                            exchanges = { { type = "IKE_AUTH", from = "a", sends = 1, first_inner = 39, first = 1.1, frames = { 9 } } } } } },
		  expect = "nothing" },
		{ name = "the recording ends too early",
		  tunnel = { span = { capture_end = 3 },
		             attempts = { { version = 2, initiator = "a", responder = "b", auth = { class = "eap_end", eap = true, at = 1, frames = { 8 } }, exchanges = {} } } },
		  expect = "nothing" },
	},
}
