-- RFC 4945 5.1.3.2 and 5.1.3.12: signing must be allowed; where extended key usage is there, it should hold one that fits IKE.
local FIT = { serverAuth = true, clientAuth = true, ipsecIKE = true, iKEIntermediate = true, anyExtendedKeyUsage = true, ipsecEndSystem = true, ipsecTunnel = true, ipsecUser = true }
local NO_SIGNING = _"its key usage does not allow signatures"
local NO_PURPOSE = _"its extended key usage (%s) names nothing that fits IKE"

return rule {
	id = "auth.cert.usage", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Key usage or extended key usage does not allow IKE",
	say = {
		likely = _"{verifier} does not accept the certificate of {owner} ({subject}, {frames}): {what}, and the login ends there. Another fault of that certificate looks the same; the log of {verifier} decides.",
		confirmed = _"The certificate of {owner} ({subject}, {frames}) is not made for IKE: {what}. Strict verifiers, Windows and Apple among them, refuse it.",
	},
	sure = { confirmed = "the certificate is here in clear text, and nothing is said of the outcome" },
	why = _"certificate of {owner}: {what}",
	advise = {
		now = { _"Issue the certificate of {owner} anew: digitalSignature in the key usage; serverAuth (gateways) or clientAuth (clients) in the extended key usage." },
		verify = { _"Log in again, with data through the tunnel. This filter must show frames of both {owner} and {verifier}: esp" },
		admin = { _"Windows: error 13801 or 13806; certlm.msc", _"strongSwan: pki --print; ASA: show crypto ca certificates, ignore-ipsec-keyusage in the trustpoint" },
	},
	explains = { "ike1.invalid_hash_or_auth", "auth.refused", "auth.initiator_refused", "life.half_open", "ike.auth.no_reply" },
	references = { "RFC 4945 5.1.3.2", "RFC 4945 5.1.3.12" },
	when = function(t, c)
		for _, a in ipairs(t.attempts) do
			for _, side in ipairs { "a", "b" } do
				for _, cert in ipairs(a.certificates and a.certificates[side] or {}) do
					local fits = not cert.has_purposes
					for _, p in ipairs(cert.purposes) do
						if FIT[p] then fits = true end
					end
					if not cert.authority and (not cert.may_sign or not fits) then
						local ended = not a.established and not t.works
						return {
							confidence = ended and "likely" or "confirmed", culprit = side == t.vantage.side and "local" or "peer", frames = { cert.frame }, at = a.last, severity = not ended and "low" or nil,
							args = { owner = address(t, side), verifier = address(t, other(side)), subject = cert.subject, frames = frames { cert.frame },
							         what = not cert.may_sign and NO_SIGNING or string.format(NO_PURPOSE, table.concat(cert.purposes, ", ")) },
						}
					end
				end
			end
		end
	end,
	tests = {
		{ name = "may not sign", tunnel = { attempts = { { last = 1, certificates = { b = { { subject = "CN=moon", authority = false, may_sign = false, has_purposes = false, purposes = {}, frame = 4 } } } } } },
		  expect = { confidence = "likely", culprit = "peer", severity = "critical" } },
		{ name = "made for mail, and accepted", tunnel = { works = { since = 1, last = 9 },
		  attempts = { { last = 1, established = "inferred", certificates = { b = { { subject = "CN=moon", authority = false, may_sign = true, has_purposes = true, purposes = { "emailProtection" }, frame = 4 } } } } } },
		  expect = { confidence = "confirmed", severity = "low", text_has = "emailProtection" } },
		{ name = "made for IKE", tunnel = { attempts = { { last = 1, certificates = { b = { { subject = "CN=moon", authority = false, may_sign = true, has_purposes = true, purposes = { "iKEIntermediate" }, frame = 4 } } } } } }, expect = "nothing" },
		{ name = "an authority signs certificates, not logins", tunnel = { attempts = { { last = 1, certificates = { b = { { subject = "CN=CA", authority = true, may_sign = false, has_purposes = false, purposes = {}, frame = 4 } } } } } }, expect = "nothing" },
	},
}
