-- RFC 4945 3.1: an FQDN identity stands among the dNSNames, an address among the iPAddresses, a DN is the subject.
return rule {
	id = "auth.cert.name", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Certificate name does not fit the identity",
	say = {
		likely = _"{owner} calls itself {identity} ({kind}, {frames}), and its certificate ({subject}) does not hold that name: {verifier} does not accept it, and the login ends there. Another fault of that certificate looks the same; the log of {verifier} decides.",
		confirmed = _"{owner} calls itself {identity} ({kind}, {frames}), and its certificate ({subject}) does not hold that name. A verifier that compares them refuses it.",
	},
	sure = { confirmed = "identity and certificate are here in clear text, and nothing is said of the outcome" },
	why = _"{identity} is not in the certificate",
	advise = {
		now = { _"Put {identity} into the subject alternative names of the certificate of {owner}, or set the identity of {owner} to a name that is there." },
		verify = { _"Log in again. In the frames that this filter shows, the certificate of {owner} must hold the identity that {owner} sends: isakmp.id.type || isakmp.cert.encoding==4" },
		admin = { _"strongSwan: local.id, swanctl --list-certs; Libreswan: leftid=%fromcert", _"ASA: crypto isakmp identity, peer-id-validate; show crypto ca certificates" },
	},
	explains = { "ike1.invalid_hash_or_auth", "auth.refused", "auth.initiator_refused", "life.half_open", "auth.id.mismatch", "ike.auth.no_reply" },
	references = { "RFC 4945 3.1", "RFC 4945 5.1.3.6", "RFC 7296 3.5" },
	when = function(t, c)
		for _, a in ipairs(t.attempts) do
			for _, side in ipairs { "a", "b" } do
				local id, certs = a.identities and a.identities[side], a.certificates and a.certificates[side]
				if id and certs and id.in_certificate == false then
					local ended = not a.established and not t.works
					local subject = a.chain and a.chain[side] and a.chain[side].leaf or certs[1].subject
					local seen = { id.frame, certs[1].frame }
					return {
						confidence = ended and "likely" or "confirmed", culprit = side == t.vantage.side and "local" or "peer", frames = seen, at = a.last, severity = not ended and "low" or nil,
						args = { owner = address(t, side), verifier = address(t, other(side)), identity = id.text, kind = id.type, subject = subject, frames = frames(seen) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "another name", tunnel = { attempts = { { last = 1, identities = { b = { type = "FQDN", text = "vpn.example", frame = 2, in_certificate = false } }, certificates = { b = { { subject = "CN=gw.example", frame = 2 } } } } } },
		  expect = { confidence = "likely", culprit = "peer", text_has = "vpn.example" } },
		{ name = "and nobody minds", tunnel = { works = { since = 1, last = 9 }, attempts = { { last = 1, established = "inferred", identities = { b = { type = "FQDN", text = "vpn.example", frame = 2, in_certificate = false } }, certificates = { b = { { subject = "CN=gw.example", frame = 2 } } } } } },
		  expect = { confidence = "confirmed", severity = "low" } },
		{ name = "it is there", tunnel = { attempts = { { last = 1, identities = { b = { type = "FQDN", text = "vpn.example", frame = 2, in_certificate = true } }, certificates = { b = { { subject = "CN=vpn.example", frame = 2 } } } } } }, expect = "nothing" },
		{ name = "an identity of a kind that no certificate holds", tunnel = { attempts = { { last = 1, identities = { b = { type = "KEY_ID", text = "group", frame = 2 } }, certificates = { b = { { subject = "CN=vpn.example", frame = 2 } } } } } }, expect = "nothing" },
	},
}
