-- The notify is encrypted in IKEv2: without keys child.missing says what can be said.
return rule {
	id = "child.ts_unacceptable", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "refused" },
	title = _"The networks (traffic selectors) do not match",
	say = { confirmed = _"{responder} accepts none of the networks that {initiator} asks for: it answers {message} with TS_UNACCEPTABLE ({frames})." },
	sure = { confirmed = "the notify is here in clear text" },
	why = _"TS_UNACCEPTABLE from {responder}",
	advise = {
		now = { _"Compare the networks of both sides, mask by mask: each must list them mirrored.", _"Route-based against policy-based: 0.0.0.0/0 offered to a peer that insists on a subnet is refused as well." },
		verify = { _"Connect again, with data through the tunnel. This filter must show frames of both {initiator} and {responder}: esp" },
		admin = { _"strongSwan: local_ts, remote_ts (traffic selectors ... unacceptable); Libreswan: leftsubnets, rightsubnets", _"ASA: show running-config crypto map; IOS: show crypto map" },
	},
	explains = { "child.missing", "data.esp.none", "life.half_open", "life.delete_storm" },
	references = { "RFC 7296 2.9", "RFC 7296 3.13" },
	when = function(t, c)
		for _, r in ipairs(t.refused) do
			if r.version == 2 and r.name == "TS_UNACCEPTABLE" then
				return {
					confidence = "confirmed", culprit = "both", frames = r.frames, at = r.last, severity = t.works and t.works.since > r.last and "medium" or nil,
					args = { initiator = address(t, r.to), responder = address(t, r.from), message = message(r.exchange), frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "the notify, readable", tunnel = { refused = { { version = 2, name = "TS_UNACCEPTABLE", exchange = "IKE_AUTH", attempt = 1, from = "b", to = "a", last = 1, frames = { 6 } } } }, expect = { confidence = "confirmed", culprit = "both" } },
		{ name = "repaired later", tunnel = { works = { since = 9, last = 90 }, refused = { { version = 2, name = "TS_UNACCEPTABLE", exchange = "IKE_AUTH", attempt = 1, from = "b", to = "a", last = 1, frames = { 6 } } } }, expect = { severity = "medium" } },
		{ name = "algorithms refused", tunnel = { refused = { { version = 2, name = "NO_PROPOSAL_CHOSEN", exchange = "IKE_AUTH", attempt = 1, from = "b", to = "a", last = 1, frames = { 6 } } } }, expect = "nothing" },
	},
}
