-- Beside auth.refused: a small IKE_AUTH without a certificate request speaks for a pre-shared key. Only the log can tell it from an identity.
local SMALL_REQUEST = 400 -- octets of plaintext; a certificate does not fit

return rule {
	id = "auth.psk.v2", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Pre-shared key or identity differs",
	say = {
		possible = _"The pre-shared keys of {initiator} and {responder} differ: the refused IKE_AUTH ({frames}) is too small for a certificate, and {responder} asks for none. A wrong identity looks the same; the log of {responder} decides.",
	},
	why = _"refused login without certificate",
	advise = {
		now = { _"Enter the pre-shared key anew on both sides: trailing blanks, quotes, encoding, 0x or 0s in front.",
		        _"Compare the identities: {responder} finds the key by the identity that {initiator} sends." },
		verify = { _"Log in again, with data through the tunnel. This filter must show frames of both {initiator} and {responder}: esp" },
		admin = { _"ASA: IKEv2 has a local and a remote key, show running-config tunnel-group", _"strongSwan: no shared key found means identity, MAC mismatched means key" },
	},
	references = { "RFC 7296 2.15" },
	when = function(t, c)
		for i = #t.attempts, 1, -1 do
			local a = t.attempts[i]
			if a.version == 2 and a.auth and a.auth.class == "bare_notify" and not a.auth.eap and a.suite
			   and not (a.certreq and (a.certreq.a or a.certreq.b)) then
				for _, x in ipairs(a.exchanges) do
					if x.type == "IKE_AUTH" and x.sends > 0 and x.answered and x.plain_max and x.plain_max < SMALL_REQUEST and not x.ike_total then
						return {
							confidence = "possible", culprit = "both", frames = x.frames, at = a.auth.at,
							severity = t.works and t.works.since >= a.auth.at and "medium" or nil,
							args = { initiator = address(t, a.initiator), responder = address(t, a.responder), frames = frames(x.frames) },
						}
					end
				end
			end
		end
	end,
	tests = {
		{ name = "a small request is refused",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", suite = {}, certreq = { a = false, b = false }, auth = { class = "bare_notify", eap = false, at = 1 },
		                            exchanges = { { type = "IKE_AUTH", sends = 1, answered = true, plain_max = 220, frames = { 3 } } } } } },
		  expect = { confidence = "possible", culprit = "both" } },
		{ name = "the responder asks for certificates",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", suite = {}, certreq = { a = false, b = true }, auth = { class = "bare_notify", eap = false, at = 1 },
		                            exchanges = { { type = "IKE_AUTH", sends = 1, answered = true, plain_max = 220, frames = { 3 } } } } } },
		  expect = "nothing" },
		{ name = "the request is large enough for a certificate",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", suite = {}, certreq = { a = false, b = false }, auth = { class = "bare_notify", eap = false, at = 1 },
		                            exchanges = { { type = "IKE_AUTH", sends = 1, answered = true, plain_max = 1300, frames = { 3 } } } } } },
		  expect = "nothing" },
	},
}
