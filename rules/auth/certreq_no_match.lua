-- RFC 4945 3.2.7: IKEv1 names the authority, IKEv2 the hash of its key. An empty request takes any.
return rule {
	id = "auth.certreq.no_match", step = "authentication", severity = "high", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The verifier asks for CAs from which the sender has nothing",
	say = {
		likely = _"{verifier} asks for a certificate of {wanted} ({asked}), and {owner} sends one of {issuer} ({frames}); the login ends there. {verifier} does not trust that CA. Another fault of that certificate looks the same; the log of {verifier} decides.",
		confirmed = _"{verifier} asks for a certificate of {wanted} ({asked}), and {owner} sends one of {issuer} ({frames}), which {verifier} did not name.",
	},
	sure = { confirmed = "request and certificate are here in clear text, and nothing is said of the outcome" },
	why = _"{issuer} is not among the CAs asked for",
	advise = {
		now = { _"Install the CA {issuer} at {verifier}, or give {owner} a certificate of a CA that {verifier} trusts." },
		verify = { _"Log in again. In the frames that this filter shows, {verifier} must name the issuer of the certificate of {owner}: isakmp.certreq.type==4 || isakmp.cert.encoding==4" },
		admin = { _"ASA: show crypto ca trustpoints; IOS: show crypto pki trustpoints", _"strongSwan: swanctl --list-certs, cacerts; Windows: Trusted Root Certification Authorities of the computer" },
	},
	explains = { "ike1.invalid_hash_or_auth", "auth.refused", "auth.initiator_refused", "life.half_open", "ike.auth_not_sent" },
	references = { "RFC 7296 3.7", "RFC 4945 3.2.7", "RFC 4945 4.2" },
	when = function(t, c)
		for _, a in ipairs(t.attempts) do
			for _, side in ipairs { "a", "b" } do
				local chain, wanted = a.chain and a.chain[side], a.authorities and a.authorities[other(side)]
				local certs = a.certificates and a.certificates[side]
				if chain and chain.asked == false and wanted and certs then
					local ended = not a.established and not t.works
					local seen = { certs[1].frame }
					return {
						confidence = ended and "likely" or "confirmed", culprit = "both", frames = { wanted.frame, certs[1].frame }, at = a.last, severity = not ended and "low" or nil,
						args = { verifier = address(t, other(side)), owner = address(t, side), issuer = chain.top, asked = frames { wanted.frame }, frames = frames(seen),
						         wanted = table.concat(#wanted.names > 0 and wanted.names or wanted.hashes, "; ") },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "another CA", tunnel = { attempts = { { last = 1, authorities = { a = { total = 1, any = false, names = { "CN=Root A" }, hashes = {}, frame = 1 } },
		  chain = { b = { leaf = "CN=moon", top = "CN=Root B", sent = false, length = 1, asked = false } }, certificates = { b = { { frame = 2 } } } } } },
		  expect = { confidence = "likely", culprit = "both", text_has = "Root B" } },
		{ name = "the tunnel works: several CAs are trusted", tunnel = { works = { since = 1, last = 9 }, attempts = { { last = 1, established = "inferred", authorities = { a = { total = 1, any = false, names = { "CN=Root A" }, hashes = {}, frame = 1 } },
		  chain = { b = { leaf = "CN=moon", top = "CN=Root B", sent = false, length = 1, asked = false } }, certificates = { b = { { frame = 2 } } } } } },
		  expect = { confidence = "confirmed", severity = "low" } },
		{ name = "asked for", tunnel = { attempts = { { last = 1, authorities = { a = { total = 1, any = false, names = { "CN=Root A" }, hashes = {}, frame = 1 } },
		  chain = { b = { leaf = "CN=moon", top = "CN=Root A", sent = false, length = 1, asked = true } }, certificates = { b = { { frame = 2 } } } } } },
		  expect = "nothing" },
		{ name = "any will do", tunnel = { attempts = { { last = 1, authorities = { a = { total = 0, any = true, names = {}, hashes = {}, frame = 1 } },
		  chain = { b = { leaf = "CN=moon", top = "CN=Root B", sent = false, length = 1 } }, certificates = { b = { { frame = 2 } } } } } },
		  expect = "nothing" },
	},
}
