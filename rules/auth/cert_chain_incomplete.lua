-- A chain that ends at an issuer nobody sent. In clear its names tell; without keys only the size of the refused request does.
local ONE_CERT_MIN, ONE_CERT_MAX = 900, 1800 -- octets of plaintext: one certificate and a signature
local ENDS = _"it ends at %s, which neither comes with it nor is among the CAs asked for"
local ROOM = _"the refused request has room for one certificate only"

return rule {
	id = "auth.cert.chain_incomplete", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Intermediate CA certificate missing",
	say = {
		possible = _"The certificate chain of {owner} is incomplete: {what} ({frames}), and {verifier} ends the login there. An untrusted, expired or revoked certificate looks the same, and so does a CRL or OCSP server that {verifier} cannot reach; its log decides.",
	},
	why = _"certificate chain incomplete",
	advise = {
		now = { _"Install the intermediate CA at {owner}, so that it is sent along, or at {verifier}.", _"Look into the log of {verifier} for certificate chain incomplete, expired, revoked, CRL or OCSP." },
		verify = { _"Log in again, with data through the tunnel. This filter must show frames of both {owner} and {verifier}: esp" },
		admin = { _"strongSwan: no issuer certificate found; x509ca, cacerts; pki --verify", _"ASA: show crypto ca certificates, crypto ca authenticate; Windows: Intermediate Certification Authorities of the computer" },
	},
	explains = { "life.half_open" },
	references = { "RFC 7296 3.6", "RFC 4945 3.3", "RFC 4945 4.3" },
	when = function(t, c)
		for _, a in ipairs(t.attempts) do
			for _, side in ipairs { "a", "b" } do
				local chain, certs = a.chain and a.chain[side], a.certificates and a.certificates[side]
				if chain and certs and not chain.sent and chain.asked == false and not a.established and not t.works and not certs[1].self_signed then
					local seen = { certs[1].frame }
					return {
						confidence = "possible", culprit = "both", frames = seen, at = a.last,
						args = { owner = address(t, side), verifier = address(t, other(side)), what = string.format(ENDS, chain.top), frames = frames(seen) },
					}
				end
			end
		end
		for i = #t.attempts, 1, -1 do
			local a = t.attempts[i]
			for _, x in ipairs(a.exchanges) do
				if a.version == 2 and a.auth and a.auth.class == "bare_notify" and not a.auth.eap and a.certreq and a.certreq[a.responder] and x.type == "IKE_AUTH" and x.from == a.initiator
				   and x.sends > 0 and x.answered and x.plain_min and x.plain_min >= ONE_CERT_MIN and x.plain_max <= ONE_CERT_MAX then
					return {
						confidence = "possible", culprit = "both", frames = x.frames, at = a.auth.at, severity = t.works and t.works.since >= a.auth.at and "medium" or nil,
						args = { owner = address(t, a.initiator), verifier = address(t, a.responder), what = ROOM, frames = frames(x.frames) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "the issuer is nowhere", tunnel = { attempts = { { last = 1, exchanges = {}, chain = { a = { leaf = "CN=moon", top = "CN=Sub CA", sent = false, length = 1, asked = false } }, certificates = { a = { { self_signed = false, frame = 3 } } } } } },
		  expect = { confidence = "possible", text_has = "Sub CA" } },
		{ name = "IKEv2: a refused request with room for one certificate",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", certreq = { a = false, b = true }, auth = { class = "bare_notify", eap = false, at = 1 },
		                            exchanges = { { type = "IKE_AUTH", from = "a", sends = 1, answered = true, plain_min = 1300, plain_max = 1315, frames = { 3 } } } } } },
		  expect = { confidence = "possible", text_has = "certificate chain" } },
		{ name = "no certificate fits in", tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", certreq = { a = false, b = true }, auth = { class = "bare_notify", eap = false, at = 1 },
		                            exchanges = { { type = "IKE_AUTH", from = "a", sends = 1, answered = true, plain_min = 200, plain_max = 215, frames = { 3 } } } } } },
		  expect = "nothing" },
		{ name = "the CA is one the verifier asks for", tunnel = { attempts = { { last = 1, exchanges = {}, chain = { a = { leaf = "CN=moon", top = "CN=Root", sent = false, length = 1, asked = true } }, certificates = { a = { { self_signed = false, frame = 3 } } } } } },
		  expect = "nothing" },
	},
}
