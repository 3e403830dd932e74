-- Who has to check a certificate asks a web, directory or name server meanwhile: the two nest in time.
local LATE_S, GRACE_S = 1.5, 30

local function failed(f)
	if f.kind == "tcp" then return not f.connected and f.sends >= 2 end
	if f.kind == "dns" then return not f.answered and f.sends >= 2 or f.status == 2 or f.status == 3 end
	return (f.status or 0) >= 400 or not f.answered
end

local function about_certificates(name)
	for i, word in ipairs { "crl", "ocsp", "pki", "cert" } do
		if has(string.lower(name), word) then return true end
	end
end

return rule {
	id = "auth.cert.revocation_slow", step = "authentication", severity = "high", scope = "tunnel",
	trigger = { "fetches", "attempts" },
	title = _"Revocation check cannot reach its CRL or OCSP server",
	say = {
		likely = _"{verifier} has to prove a certificate and cannot reach {server} port {port} for it ({n} tries while {message} waits: {frames}): its answer comes late, or is a refusal, because the revocation check finds no server. A request for something else in that moment looks the same; the log of {verifier} decides.",
		possible = _"{verifier} asks {server} port {port} while {message} waits and gets nothing ({n} tries, {frames}). If that is the revocation check of a certificate, it holds up the login; the log of {verifier} decides.",
	},
	why = _"{server} unreachable during the login",
	advise = {
		now = { _"Make the CRL or OCSP server {server} reachable from {verifier} itself, outside the tunnel that is being built.", _"Until then let the check be tolerant, or fetch the CRL beforehand." },
		verify = { _"Log in again. {verifier} must answer {message} within a second, without a resend, and an answer of {server} must show at {verifier} with this filter: ip.src=={server}" },
		admin = { _"Windows: certutil -verify -urlfetch FILE; strongSwan: revocation = relaxed, swanctl --list-certs", _"ASA: revocation-check crl none, debug crypto ca 14; IOS: show crypto pki crls; Libreswan: crlcheckinterval, ocsp-enable" },
	},
	explains = { "path.latency.high", "ike.auth.no_reply", "auth.refused", "auth.initiator_refused", "life.half_open", "auth.silent" },
	references = { "RFC 5280 4.2.1.13", "RFC 6960", "RFC 4806" },
	when = function(t, c)
		local login = { IKE_AUTH = true, MAIN_5 = true, AGGRESSIVE_3 = true }
		for i, a in ipairs(t.attempts) do
			for k, x in ipairs(a.exchanges) do
				if login[x.type] and x.sends > 0 then
					local ends = x.answered and x.answer.first or x.last + GRACE_S
					local refused = a.auth and a.auth.class == "bare_notify"
					local late = not x.answered or ends - x.first >= LATE_S
					for m, f in ipairs(t.fetches) do
						local inside = f.from == x.to and f.first >= x.first and f.first < ends
						if inside and failed(f) and (late or refused) then
							return {
								confidence = (f.kind ~= "dns" or about_certificates(f.name)) and "likely" or "possible", culprit = x.to == t.vantage.side and "local" or "peer", frames = f.frames, at = f.last,
								severity = x.answered and not refused and t.works and "medium" or nil,
								args = { verifier = address(t, x.to), server = f.to, port = f.port, n = count(math.max(f.sends, 1)), message = message(x.type), frames = frames(f.frames) },
							}
						end
					end
				end
			end
		end
	end,
	tests = {
		{ name = "the web server does not answer while IKE_AUTH waits",
		  tunnel = { attempts = { { exchanges = { { type = "IKE_AUTH", from = "b", to = "a", sends = 3, first = 1, last = 9, answered = true, answer = { first = 9.1 } } } } },
		             fetches = { { kind = "tcp", from = "a", to = "192.0.2.77", port = 80, name = "", sends = 5, connected = false, first = 1.01, last = 7, frames = { 7, 19 } } } },
		  expect = { confidence = "likely", culprit = "local", text_has = "192.0.2.77" } },
		{ name = "a name that says nothing",
		  tunnel = { attempts = { { exchanges = { { type = "IKE_AUTH", from = "b", to = "a", sends = 3, first = 1, last = 9, answered = false } } } },
		             fetches = { { kind = "dns", from = "a", to = "192.0.2.53", port = 53, name = "www.example.com", sends = 4, connected = false, first = 1.01, last = 7, frames = { 7, 19 } } } }, expect = { confidence = "possible" } },
		{ name = "fetched at once",
		  tunnel = { attempts = { { exchanges = { { type = "IKE_AUTH", from = "b", to = "a", sends = 1, first = 1, last = 1, answered = true, answer = { first = 1.2 } } } } },
		             fetches = { { kind = "http", from = "a", to = "192.0.2.77", port = 80, name = "ca.example/root.crl", sends = 1, connected = true, status = 200, answered = 1.1, first = 1.01, last = 1.05, frames = { 7, 9 } } } }, expect = "nothing" },
		{ name = "a web server that is silent at another time",
		  tunnel = { attempts = { { exchanges = { { type = "IKE_AUTH", from = "b", to = "a", sends = 1, first = 1, last = 1, answered = true, answer = { first = 9 } } } } },
		             fetches = { { kind = "tcp", from = "a", to = "192.0.2.77", port = 80, name = "", sends = 5, connected = false, first = 30, last = 40, frames = { 70, 90 } } } }, expect = "nothing" },
	},
}
