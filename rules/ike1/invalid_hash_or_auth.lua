-- Notifies in clear; or, for a login with certificates, an encrypted INFORMATIONAL instead of message 6.
local NAMES = { ["INVALID-HASH-INFORMATION"] = true, ["AUTHENTICATION-FAILED"] = true, ["INVALID-SIGNATURE"] = true, ["INVALID-CERTIFICATE"] = true,
	["CERT-TYPE-UNSUPPORTED"] = true, ["INVALID-CERT-AUTHORITY"] = true, ["INVALID-CERT-ENCODING"] = true, ["CERTIFICATE-UNAVAILABLE"] = true }

return rule {
	id = "ike1.invalid_hash_or_auth", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The login is refused (IKEv1)",
	say = {
		confirmed = _"{from} refuses the login of {to} with {name} in answer to {message} ({frames}). The two sides disagree about identity, key or certificate.",
		likely = _"{from} refuses the login of {to}: it answers {message} with an encrypted error message ({frames}) instead of its own proof. The two sides disagree about identity, key or certificate.",
		possible = _"{from} refuses the login of {to}: it answers {message} with an encrypted message of its own ({frames}) instead of its proof, as an error is. The recording ends soon after; the log of {from} decides.",
	},
	sure = {
		confirmed = "the notify is here in clear text",
		likely = "the other end goes on asking and never gets the proof",
	},
	why = _"{message} answered by an error",
	advise = {
		now = { _"Ask the administrator of {from} for the log line of that second: only the refusing side knows the reason.", _"Compare identities and keys; check certificates, their CA and their dates on both sides." },
		verify = { _"Connect again. {from} must answer {message} with the next message, and right after it this filter must show no frame: isakmp.exchangetype==5 && ip.src=={from}" },
		admin = { _"ASA: debug crypto isakmp 5, debug crypto ca 14; show crypto ca certificates", _"strongSwan: swanctl --log; Libreswan: journalctl -u ipsec" },
	},
	explains = { "ike.auth.no_reply", "life.half_open", "ike.auth_not_sent" },
	references = { "RFC 2408 3.14.1" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		for _, r in ipairs(t.refused or {}) do
			if r.version == 1 and NAMES[r.name] and r.exchange ~= "AGGRESSIVE_1" then
				return {
					confidence = "confirmed", culprit = "both", frames = r.frames, at = r.last, severity = t.works and t.works.since > r.last and "medium" or nil,
					args = { from = address(t, r.from), to = address(t, r.to), name = r.name, message = message(r.exchange), frames = frames(r.frames) },
				}
			end
		end
		for _, a in ipairs(t.attempts) do
			for _, x in ipairs(a.exchanges) do
				if a.version == 1 and not a.psk and x.type == "MAIN_5" and x.sends > 0 and not x.answered and x.complete and not x.partial_answer then
					for _, y in ipairs(a.exchanges) do
						if y.type == "INFORMATIONAL_V1" and y.from == x.to and y.sends > 0 and y.first >= x.first and y.first - x.last < 2 then
							return {
								confidence = waited(x) and "likely" or "possible", culprit = "both", frames = y.frames, at = y.last, severity = t.works and t.works.since > y.last and "medium" or nil,
								args = { from = address(t, x.to), to = address(t, x.from), name = "", message = message(x.type), frames = frames(y.frames) },
							}
						end
					end
				end
			end
		end
	end,
	tests = {
		{ name = "in clear", tunnel = { attempts = {}, refused = { { version = 1, name = "INVALID-HASH-INFORMATION", exchange = "MAIN_5", attempt = 1, from = "b", to = "a", frames = { 6 }, last = 1 } } },
		  expect = { confidence = "confirmed", culprit = "both" } },
		{ name = "certificates: an error instead of message 6",
		  tunnel = { attempts = { { version = 1, psk = false, exchanges = {
		    { type = "MAIN_5", from = "a", to = "b", sends = 1, answered = false, complete = true, quiet = true, first = 1, last = 1, frames = { 5 } },
		    { type = "INFORMATIONAL_V1", from = "b", sends = 1, first = 1.1, last = 1.1, frames = { 6 } } } } } },
		  expect = { confidence = "likely" } },
		{ name = "the same, and the recording ends at once",
		  tunnel = { attempts = { { version = 1, psk = false, exchanges = {
		    { type = "MAIN_5", from = "a", to = "b", sends = 1, answered = false, complete = true, quiet = false, first = 1, last = 1, frames = { 5 } },
		    { type = "INFORMATIONAL_V1", from = "b", sends = 1, first = 1.1, last = 1.1, frames = { 6 } } } } } },
		  expect = { confidence = "possible" } },
		{ name = "message 6 comes",
		  tunnel = { attempts = { { version = 1, psk = false, exchanges = {
		    { type = "MAIN_5", from = "a", to = "b", sends = 1, answered = true, complete = true, quiet = true, first = 1, last = 1, frames = { 5 } },
		    { type = "INFORMATIONAL_V1", from = "b", sends = 1, first = 1.1, last = 1.1, frames = { 6 } } } } } },
		  expect = "nothing" },
	},
}
