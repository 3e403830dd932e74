-- IKEv1 Aggressive Mode: the identity stands in the first message; some refuse an unknown one with AUTHENTICATION-FAILED in clear.
return rule {
	id = "auth.id.mismatch", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "refused" },
	title = _"The identity is not the one expected",
	say = {
		possible = _"{responder} does not know the identity or group of {initiator} ({identity}): it answers the first message of Aggressive Mode with {name} ({frames}), before any key was used. A responder that does not take Aggressive Mode with a pre-shared key looks the same; its log decides.",
	},
	why = _"{name} to the first message",
	advise = {
		now = { _"Compare the group name or identity that {initiator} sends with the one that {responder} expects: address (the private one behind a NAT?), name, order of a DN, case, leading @. It sends {identity}.", _"Ask the administrator of {responder} for the log line of that second." },
		verify = { _"Connect again. This filter must show an answer of {responder}: isakmp.exchangetype==4 && ip.src=={responder}" },
		admin = { _"ASA: crypto isakmp identity, tunnel-group names; strongSwan: local.id, remote.id; Libreswan: leftid, rightid" },
	},
	explains = { "life.half_open", "ike1.invalid_hash_or_auth" },
	references = { "RFC 2407 4.6.2", "RFC 2409 5.4" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		for i, r in ipairs(t.refused) do
			if r.version == 1 and r.exchange == "AGGRESSIVE_1" and (r.name == "AUTHENTICATION-FAILED" or r.name == "INVALID-ID-INFORMATION") then
				local a = t.attempts and t.attempts[r.attempt]
				local id = a and a.identities and a.identities[r.to]
				return {
					confidence = "possible", culprit = "both", frames = r.frames, at = r.last, severity = t.works and t.works.since > r.last and "medium" or nil,
					args = { initiator = address(t, r.to), responder = address(t, r.from), name = r.name, identity = id and string.format("%s %s", id.type, id.text) or "?", frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "refused in clear", tunnel = { refused = { { version = 1, name = "AUTHENTICATION-FAILED", exchange = "AGGRESSIVE_1", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } }, expect = { confidence = "possible", culprit = "both" } },
		{ name = "the identity stands in clear",
		  tunnel = { attempts = { { identities = { a = { type = "KEY_ID", text = "sales", frame = 1 } } } }, refused = { { version = 1, name = "AUTHENTICATION-FAILED", exchange = "AGGRESSIVE_1", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } },
		  expect = { text_has = "KEY_ID sales" } },
		{ name = "after message 5 it is another matter", tunnel = { refused = { { version = 1, name = "AUTHENTICATION-FAILED", exchange = "MAIN_5", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } }, expect = "nothing" },
	},
}
