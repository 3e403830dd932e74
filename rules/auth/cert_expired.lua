-- Certificates in clear (IKEv1 Aggressive Mode, or a message that was opened), held against the time of the packet that brought them.
local EXPIRED = _"expired on %s"
local EARLY = _"becomes valid only on %s"

return rule {
	id = "auth.cert.expired", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Certificate expired or not yet valid",
	say = { confirmed = _"The certificate that {owner} sends ({subject}, {frames}) {date}, {days} off the time of this recording. {verifier} must not accept it." },
	sure = { confirmed = "its dates and the time of the packet are here in clear text" },
	why = _"certificate of {owner} {date}",
	advise = {
		now = { _"Renew the certificate of {owner}, with its whole chain.", _"Is the clock right, of {verifier} and of the machine that recorded?" },
		verify = { _"Log in again. In the frames that this filter shows, the validity of the certificate of {owner} must include today: isakmp.cert.encoding==4" },
		admin = { _"ASA: show crypto ca certificates, show clock detail; IOS: show crypto pki certificates", _"strongSwan: swanctl --list-certs, timedatectl; Windows: certlm.msc" },
	},
	explains = { "ike1.invalid_hash_or_auth", "auth.refused", "auth.initiator_refused", "life.half_open", "life.flap.periodic", "ike.auth.no_reply" },
	references = { "RFC 5280 4.1.2.5", "RFC 4945 5.1.4" },
	when = function(t, c)
		for _, a in ipairs(t.attempts) do
			for _, side in ipairs { "a", "b" } do
				for _, cert in ipairs(a.certificates and a.certificates[side] or {}) do
					if cert.dates ~= "valid" then
						return {
							confidence = "confirmed", culprit = side == t.vantage.side and "local" or "peer", frames = { cert.frame }, at = a.last,
							severity = t.works and "medium" or nil,
							args = { owner = address(t, side), verifier = address(t, other(side)), subject = cert.subject, days = several("{n} day", "{n} days", cert.off), frames = frames { cert.frame },
							         date = cert.dates == "expired" and string.format(EXPIRED, cert.not_after) or string.format(EARLY, cert.not_before) },
						}
					end
				end
			end
		end
	end,
	tests = {
		{ name = "expired",
		  tunnel = { attempts = { { last = 1, certificates = { b = { { subject = "CN=moon", dates = "expired", not_before = "2024-01-01", not_after = "2025-01-01", off = 40, frame = 4 } } } } } },
		  expect = { confidence = "confirmed", culprit = "peer", text_has = "2025-01-01" } },
		{ name = "not yet valid",
		  tunnel = { attempts = { { last = 1, certificates = { a = { { subject = "CN=moon", dates = "early", not_before = "2029-01-01", not_after = "2031-01-01", off = 900, frame = 4 } } } } } },
		  expect = { culprit = "local", text_has = "2029-01-01" } },
		{ name = "accepted all the same", tunnel = { works = { since = 1, last = 9 },
		  attempts = { { last = 1, certificates = { b = { { subject = "CN=moon", dates = "expired", not_before = "2024-01-01", not_after = "2025-01-01", off = 40, frame = 4 } } } } } }, expect = { severity = "medium" } },
		{ name = "valid", tunnel = { attempts = { { last = 1, certificates = { b = { { subject = "CN=moon", dates = "valid", not_before = "2024-01-01", not_after = "2035-01-01", off = 0, frame = 4 } } } } } }, expect = "nothing" },
		{ name = "none in clear", tunnel = { attempts = { { last = 1 } } }, expect = "nothing" },
	},
}
