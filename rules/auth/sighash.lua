-- RFC 7427 4: SIGNATURE_HASH_ALGORITHMS stands in clear in both first messages.
return rule {
	id = "auth.sighash", step = "authentication", severity = "high", scope = "tunnel",
	trigger = { "attempts" },
	title = _"No common signature hash or method",
	say = {
		confirmed = _"{a} and {b} share no hash for signatures: {a} takes {hashes_a}, {b} takes {hashes_b} ({frames}). A login with certificates cannot succeed that way.",
		possible = _"{missing} does not offer signatures with SHA-2 (SIGNATURE_HASH_ALGORITHMS, {frames}), and the login with certificates is refused: an old RSA signature with SHA-1 is all that is left, and policy may forbid it. Another fault of the certificates looks the same; the log decides.",
	},
	sure = { confirmed = "both lists are here in clear text" },
	why = _"no common signature hash",
	advise = {
		now = { _"Permit SHA2-256 for signatures on both sides, or update the older one." },
		verify = { _"Connect again. The lists of {a} and {b} must have a hash in common. This filter must show both: isakmp.notify.msgtype==16431" },
		admin = { _"strongSwan: charon.signature_authentication, auth = rsa-sha256; Libreswan: authby=rsasig-sha2_256", _"ASA: crypto ikev2 rsa-sig-hash sha1" },
	},
	explains = { "auth.refused", "auth.initiator_refused", "life.half_open" },
	references = { "RFC 7427 3", "RFC 7427 4", "RFC 8420 2" },
	when = function(t, c)
		for _, a in ipairs(t.attempts) do
			local s = a.version == 2 and a.signatures
			if s and s.a and s.b and #s.a.hashes > 0 and #s.b.hashes > 0 then
				local common
				for _, x in ipairs(s.a.hashes) do
					for _, y in ipairs(s.b.hashes) do
						if x == y then common = true end
					end
				end
				if not common then
					local seen = { s.a.frame, s.b.frame }
					return {
						confidence = "confirmed", culprit = "both", frames = seen, at = a.last, severity = t.works and "low" or nil, filter = "isakmp.notify.msgtype==16431",
						args = { a = address(t, "a"), b = address(t, "b"), hashes_a = table.concat(s.a.hashes, ", "), hashes_b = table.concat(s.b.hashes, ", "), frames = frames(seen), missing = "" },
					}
				end
			elseif s and a.from_start and a.suite and a.auth and a.auth.class == "bare_notify" and a.certreq and (a.certreq.a or a.certreq.b) then
				local has, request = s.a and "a" or "b", nil
				for _, x in ipairs(a.exchanges) do
					if x.type == "IKE_AUTH" and x.sends > 0 and x.plain_min and x.plain_min >= 900 then request = x end
				end
				if request and s[has] then
					local seen = { s[has].frame }
					return {
						confidence = "possible", culprit = "both", frames = seen, at = a.last, severity = t.works and "low" or nil, filter = "isakmp.notify.msgtype==16431",
						args = { a = address(t, "a"), b = address(t, "b"), hashes_a = "", hashes_b = "", frames = frames(seen), missing = address(t, other(has)) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "nothing in common", tunnel = { attempts = { { version = 2, last = 1, signatures = { a = { hashes = { "SHA1" }, frame = 1 }, b = { hashes = { "SHA2_256", "SHA2_384" }, frame = 2 } } } } },
		  expect = { confidence = "confirmed", severity = "high", text_has = "SHA2_384" } },
		{ name = "one side offers none, and a login with certificates is refused",
		  tunnel = { attempts = { { version = 2, last = 1, from_start = true, suite = {}, certreq = { a = false, b = true }, auth = { class = "bare_notify" }, signatures = { b = { hashes = { "SHA2_256" }, frame = 2 } },
		                            exchanges = { { type = "IKE_AUTH", sends = 1, plain_min = 1200, frames = { 3 } } } } } },
		  expect = { confidence = "possible" } },
		{ name = "one in common", tunnel = { attempts = { { version = 2, last = 1, signatures = { a = { hashes = { "SHA1", "SHA2_256" }, frame = 1 }, b = { hashes = { "SHA2_256" }, frame = 2 } } } } }, expect = "nothing" },
		{ name = "one side offers none, with a pre-shared key", tunnel = { attempts = { { version = 2, last = 1, from_start = true, suite = {}, certreq = { a = false, b = false }, auth = { class = "bare_notify" }, signatures = { b = { hashes = { "SHA2_256" }, frame = 2 } }, exchanges = {} } } }, expect = "nothing" },
	},
}
