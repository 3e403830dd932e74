-- Method A: without keys the first payload inside SK and the length tell a refusal from a success (RFC 7296 3.14).

-- No suite in clear: a success measures at least 172 octets under every suite of table A.3.
local SMALLEST_SUCCESS, BARE_LARGEST = 172, 104

-- The IKE SA goes on to be used: then the error was not about the login (A.8).
local function lives(a, since)
	local answered = 0
	for _, x in ipairs(a.exchanges) do
		if x.sends > 0 and x.first > since and x.answered and x.answer.first_inner ~= 41 then
			if x.type == "CREATE_CHILD_SA" then return true end
			if x.type == "INFORMATIONAL" then answered = answered + 1 end
		end
	end
	return answered >= 2
end

-- The smallest message that holds so much plaintext under the same suite (A.2).
local function message_of(auth, plain)
	local block = auth.plain_max - auth.plain_min + 1
	return auth.bytes - (auth.plain_max + 1) + block * math.ceil((plain + 1) / block)
end

local function carries_data(t, since)
	for _, f in ipairs(t.flows or {}) do
		if f.first >= since and f.first < since + 30 and f.packets >= 3 then return true end
	end
	return false
end

return rule {
	id = "auth.refused", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The peer refuses the login",
	say = {
		likely = _"{responder} refuses the login of {initiator}: its answer to IKE_AUTH is a bare error message of {size} ({frames}), as AUTHENTICATION_FAILED is; a success needs {least} or more. The two sides disagree about pre-shared key, identity or certificate.",
		possible = _"{responder} refuses the login of {initiator}: its answer to IKE_AUTH measures only {size} ({frames}); a success needs {least} or more. The first messages are not in this recording, so another error of the same size looks alike; the log of {responder} decides.",
	},
	sure = { likely = "no other answer is that small, nothing of the SA is used afterwards, and all causes are named" },
	why = _"IKE_AUTH answered by a bare error, {size}",
	advise = {
		now = { _"Ask the administrator of {responder} for the log line of that second: only the refusing side knows the reason. Search for AUTHENTICATION_FAILED, INVALID_ID_INFORMATION, certificate.",
		        _"Compare on both sides: pre-shared key (trailing blanks, quotes, a 0x in front that makes it hexadecimal), identities, certificate chain and its CA; can {responder} reach the CRL or OCSP server?" },
		verify = { _"Log in again. The answer of {responder} must measure {least} or more; this filter must show it: isakmp.exchangetype==35 && isakmp.flag_r==1 && isakmp.length>={least_bytes}" },
		peer = _"Please compare with us, for the tunnel between {initiator} and {responder}: pre-shared key (trailing blanks, quotes, a 0x in front that makes it hexadecimal), identities, certificate chain and its CA. {responder} refuses the login, and only its log of the time below names the reason. Please send us that line; search for AUTHENTICATION_FAILED, INVALID_ID_INFORMATION, certificate.",
		admin = { _"strongSwan: swanctl --log --level 2 (look for MAC mismatched, no peer config found, no issuer certificate found)",
		          _"ASA: debug crypto ikev2 protocol 127; IOS: debug crypto ikev2",
		          _"Libreswan: journalctl -u ipsec; Windows: Application log, RasClient 20227" },
	},
	explains = { "life.half_open", "ike.halfopen_limit", "ike.auth_not_sent", "data.esp.none", "life.flap.periodic" },
	references = { "RFC 7296 2.21.2", "RFC 7296 3.14" },
	when = function(t, c)
		local seen, count_of, found, last, sure = {}, 0, nil, 0, false
		for _, a in ipairs(t.attempts) do
			local auth = a.auth
			local bare = auth and auth.class == "bare_notify"
			local guess = auth and auth.class == "no_suite" and auth.first_inner == 41 and auth.bytes <= BARE_LARGEST
			if a.version == 2 and (bare or guess) and not auth.eap and not lives(a, auth.at) and not carries_data(t, auth.at) then
				found, count_of, last, sure = found or a, count_of + 1, math.max(last, auth.at), sure or bare
				append(seen, auth.frames)
			end
		end
		if not found then return nil end
		local auth = found.auth
		local least = auth.success_min and message_of(auth, auth.success_min) or SMALLEST_SUCCESS
		return {
			confidence = sure and "likely" or "possible", culprit = "both", frames = seen, at = last,
			severity = t.works and t.works.since >= last and "medium" or nil,
			filter = "isakmp.exchangetype==35 && isakmp.flag_r==1",
			args = { initiator = address(t, found.initiator), responder = address(t, found.responder), frames = frames(seen),
			         size = bytes(auth.bytes), attempts = count(count_of),
			         least = bytes(least), least_bytes = least },
		}
	end,
	tests = {
		{ name = "a bare notify answers IKE_AUTH",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", exchanges = {},
		                            auth = { class = "bare_notify", bytes = 80, plain_min = 0, plain_max = 15, success_min = 132, eap = false, at = 1, frames = { 4 } } } } },
		  expect = { confidence = "likely", culprit = "both", severity = "critical", text_has = "a success needs 208 bytes" } },
		{ name = "repaired later",
		  tunnel = { works = { since = 60, last = 90 },
		             attempts = { { version = 2, initiator = "a", responder = "b", exchanges = {},
		                            auth = { class = "bare_notify", bytes = 80, plain_min = 0, plain_max = 15, success_min = 132, eap = false, at = 1, frames = { 4 } } } } },
		  expect = { severity = "medium" } },
		{ name = "the first messages were not recorded",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", exchanges = {},
		                            auth = { class = "no_suite", first_inner = 41, bytes = 80, eap = false, at = 1, frames = { 4 } } } } },
		  expect = { confidence = "possible" } },
		{ name = "a success",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", exchanges = {},
		                            auth = { class = "success", bytes = 224, plain_min = 144, plain_max = 159, success_min = 132, eap = false, at = 1, frames = { 4 } } } } },
		  expect = "nothing" },
		{ name = "the IKE SA lives on: a child was refused, not the login",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b",
		                            exchanges = { { type = "CREATE_CHILD_SA", sends = 1, first = 2, answered = true, answer = { first_inner = 33 } } },
		                            auth = { class = "bare_notify", bytes = 80, plain_min = 0, plain_max = 15, success_min = 132, eap = false, at = 1, frames = { 4 } } } } },
		  expect = "nothing" },
		{ name = "an error inside EAP has a rule of its own",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", exchanges = {},
		                            auth = { class = "bare_notify", bytes = 80, plain_min = 0, plain_max = 15, success_min = 132, eap = true, at = 1, frames = { 4 } } } } },
		  expect = "nothing" },
		{ name = "without the first messages a long answer says nothing",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", exchanges = {},
		                            auth = { class = "no_suite", first_inner = 41, bytes = 260, eap = false, at = 1, frames = { 4 } } } } },
		  expect = "nothing" },
	},
}
