-- INITIAL_CONTACT and "unique" policies: the gateway keeps one tunnel for each identity.
return rule {
	id = "life.same_identity", step = "lifecycle", severity = "high", scope = "capture",
	trigger = { "replaced" },
	title = _"Two clients use one identity and throw each other out",
	say = {
		confirmed = _"{x} and {y} log in at {gateway} with the same identity {identity} and throw each other out: {times} times one comes up and the other is deleted within seconds ({frames}).",
		likely = _"{x} and {y} throw each other out at {gateway}: {times} times one comes up and the other is deleted within seconds ({frames}), in turn. They use one identity, or one certificate. One client with two lines looks the same; the log of {gateway} decides.",
	},
	sure = { confirmed = "identities, logins and deletes are here" },
	why = _"{x} and {y} replace each other",
	advise = {
		now = { _"Give each client its own identity, certificate or user.", _"If both are meant to share one, allow several tunnels for one identity at {gateway}." },
		verify = { _"Connect {x} and {y}. Both must stay up for minutes: in that time this filter must show no new first message: isakmp.exchangetype==34 || isakmp.exchangetype==2 || isakmp.exchangetype==4" },
		admin = { _"strongSwan: unique = never or keep; Libreswan: uniqueids=no; ASA: vpn-simultaneous-logins" },
	},
	explains = { "life.delete_storm", "life.flap.periodic", "life.peer_restarted", "life.reauth_gap" },
	references = { "RFC 7296 2.4" },
	when = function(c)
		local found = {}
		for i, r in ipairs(c.replaced) do
			if r.x_comes + r.y_comes >= 3 and r.same_identity ~= false then
				found[#found + 1] = {
					confidence = r.same_identity and "confirmed" or "likely", culprit = "peer", frames = r.frames, at = r.at,
					args = { x = r.x, y = r.y, gateway = r.gateway, identity = r.identity or "", times = count(r.x_comes + r.y_comes), frames = frames(r.frames) },
				}
			end
		end
		return #found > 0 and found or nil
	end,
	tests = {
		{ name = "three times in turn",
		  capture = { replaced = { { gateway = "203.0.113.10", x = "198.51.100.10", y = "192.0.2.70", x_comes = 2, y_comes = 2, at = 12, frames = { 6, 20 } } } }, expect = { confidence = "likely", severity = "high" } },
		{ name = "the identity is in clear text",
		  capture = { replaced = { { gateway = "203.0.113.10", x = "198.51.100.10", y = "192.0.2.70", x_comes = 2, y_comes = 2, same_identity = true, identity = "road", at = 12, frames = { 6, 20 } } } }, expect = { confidence = "confirmed", text_has = "road" } },
		{ name = "different identities",
		  capture = { replaced = { { gateway = "203.0.113.10", x = "198.51.100.10", y = "192.0.2.70", x_comes = 2, y_comes = 2, same_identity = false, identity = "road", at = 12, frames = { 6, 20 } } } }, expect = "nothing" },
		{ name = "once each is chance",
		  capture = { replaced = { { gateway = "203.0.113.10", x = "198.51.100.10", y = "192.0.2.70", x_comes = 1, y_comes = 1, at = 12, frames = { 6, 20 } } } }, expect = "nothing" },
	},
}
