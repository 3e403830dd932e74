-- IKEv2: the responder asks for a certificate and the refused IKE_AUTH has no room for one. IKEv1: attribute 3 of the offers, in clear.
local SMALL_REQUEST = 400 -- octets of plaintext; a certificate and a signature do not fit

return rule {
	id = "auth.method_mismatch", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"One side wants certificates, the other a pre-shared key (or EAP)",
	say = {
		confirmed = _"{initiator} and {responder} authenticate in different ways: {initiator} offers {offered}, and {responder} {basis} {accepted} ({frames}).",
		possible = _"{responder} asks for a certificate, and the login of {initiator} that it refuses is too small to hold one ({frames}): one side is set to certificates, the other to a pre-shared key or to EAP. A responder that serves both kinds asks always, and then a wrong key looks the same; its log decides.",
	},
	sure = { confirmed = "both offers and the refusal are here in clear text" },
	why = _"{responder} asks for certificates, {initiator} sends none",
	advise = {
		now = { _"Set the same authentication method on both sides: certificate, pre-shared key or EAP.", _"Ask the administrator of {responder} for the log line of that second." },
		verify = { _"Log in again, with data through the tunnel. This filter must show frames of both {initiator} and {responder}: esp" },
		admin = { _"strongSwan: local.auth, remote.auth; Libreswan: authby, leftauth, rightauth", _"ASA: ikev2 local-authentication, remote-authentication in the tunnel-group; Windows: Get-VpnConnection (AuthenticationMethod)" },
	},
	explains = { "life.half_open", "auth.psk.v2", "ike1.no_proposal" },
	references = { "RFC 7296 2.15", "RFC 7296 2.16", "RFC 5998", "RFC 2409 A" },
	when = function(t, c)
		local BASIS = { offers = _"itself offers", chose = _"chose before", asks = _"asks for" }
		if t.probe and not c.cut then return nil end
		for _, r in ipairs(t.refused or {}) do
			for _, row in ipairs(r.version == 1 and r.difference and r.difference.rows or {}) do
				if row.what == "authentication" and #r.difference.rows == 1 then
					local seen = append({}, r.frames, r.difference.frames)
					return {
						confidence = "confirmed", culprit = "both", frames = seen, at = r.last, severity = t.works and t.works.since > r.last and "medium" or nil,
						args = { initiator = address(t, r.to), responder = address(t, r.from), offered = table.concat(row.offered, ", "), accepted = table.concat(row.accepted, ", "), basis = BASIS[r.difference.basis], frames = frames(seen) },
					}
				end
			end
		end
		for i = #t.attempts, 1, -1 do
			local a = t.attempts[i]
			for _, x in ipairs(a.exchanges) do
				if a.version == 2 and a.auth and a.auth.class == "bare_notify" and not a.auth.eap and a.suite and a.certreq and a.certreq[a.responder] and x.type == "IKE_AUTH" and x.from == a.initiator
				   and x.sends > 0 and x.answered and x.plain_max and x.plain_max < SMALL_REQUEST and not x.ike_total then
					return {
						confidence = "possible", culprit = "both", frames = x.frames, at = a.auth.at, severity = t.works and t.works.since >= a.auth.at and "medium" or nil,
						args = { initiator = address(t, a.initiator), responder = address(t, a.responder), offered = "", accepted = "", basis = "", frames = frames(x.frames) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "a certificate asked for, none sent, refused",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", suite = {}, certreq = { a = false, b = true }, auth = { class = "bare_notify", eap = false, at = 1 },
		                            exchanges = { { type = "IKE_AUTH", from = "a", sends = 1, answered = true, plain_max = 220, frames = { 3 } } } } } },
		  expect = { confidence = "possible", culprit = "both" } },
		{ name = "IKEv1: the offers differ in nothing else",
		  tunnel = { attempts = {}, refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", attempt = 1, from = "b", to = "a", last = 1, frames = { 2 },
		             difference = { basis = "offers", distance = 1, frames = { 9 }, rows = { { what = "authentication", offered = { "pre-shared key" }, accepted = { "RSA signatures" } } } } } } },
		  expect = { confidence = "confirmed", text_has = "RSA signatures" } },
		{ name = "no certificate asked for: auth.psk.v2",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", suite = {}, certreq = { a = false, b = false }, auth = { class = "bare_notify", eap = false, at = 1 },
		                            exchanges = { { type = "IKE_AUTH", from = "a", sends = 1, answered = true, plain_max = 220, frames = { 3 } } } } } },
		  expect = "nothing" },
		{ name = "a certificate is in it",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", suite = {}, certreq = { a = false, b = true }, auth = { class = "bare_notify", eap = false, at = 1 },
		                            exchanges = { { type = "IKE_AUTH", from = "a", sends = 1, answered = true, plain_max = 1400, frames = { 3 } } } } } },
		  expect = "nothing" },
		{ name = "accepted", tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", suite = {}, certreq = { a = false, b = true }, auth = { class = "success", eap = false, at = 1 },
		                            exchanges = { { type = "IKE_AUTH", from = "a", sends = 1, answered = true, plain_max = 220, frames = { 3 } } } } } },
		  expect = "nothing" },
	},
}
