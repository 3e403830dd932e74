-- As ike.no_proposal, for ESP and AH. Encrypted in IKEv2; in IKEv1 some send it in clear.
local PHASE_2 = { IKE_AUTH = true, CREATE_CHILD_SA = true, QUICK_1 = true, QUICK_3 = true }

return rule {
	id = "child.no_proposal", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "refused" },
	title = _"ESP or AH algorithms do not match",
	say = { confirmed = _"{responder} accepts none of the ESP or AH algorithms of {initiator}: it answers {message} with {name} ({frames})." },
	sure = { confirmed = "the notify is here in clear text" },
	why = _"{name} to {message}",
	advise = {
		now = { _"Get the log line of {responder} of that second first: it names the algorithm that does not match.", _"Then compare the ESP (phase 2) proposals of both sides: encryption, integrity, PFS group, extended sequence numbers." },
		verify = { _"Connect again, with data through the tunnel. This filter must show frames of both {initiator} and {responder}: esp" },
		admin = { _"strongSwan: esp_proposals; Libreswan: esp=, pfs=", _"ASA: show running-config crypto ipsec; IOS: crypto ipsec transform-set" },
	},
	explains = { "child.missing", "ike1.quick.no_reply", "ike1.quick.refused", "data.esp.none", "life.half_open", "life.rekey.failed" },
	references = { "RFC 7296 2.7", "RFC 2409 5.5" },
	when = function(t, c)
		for _, r in ipairs(t.refused) do
			if (r.name == "NO_PROPOSAL_CHOSEN" or r.name == "NO-PROPOSAL-CHOSEN") and PHASE_2[r.exchange or ""] then
				return {
					confidence = "confirmed", culprit = "both", frames = r.frames, at = r.last, severity = t.works and t.works.since > r.last and "medium" or nil, filter = "isakmp.notify.msgtype==14",
					args = { initiator = address(t, r.to), responder = address(t, r.from), message = message(r.exchange), name = r.name, frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "to Quick Mode, in clear", tunnel = { refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", exchange = "QUICK_1", attempt = 1, from = "b", to = "a", last = 1, frames = { 9 } } } }, expect = { confidence = "confirmed", culprit = "both" } },
		{ name = "to the first message: ike.no_proposal", tunnel = { refused = { { version = 2, name = "NO_PROPOSAL_CHOSEN", exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", last = 1, frames = { 2 } } } }, expect = "nothing" },
		{ name = "networks refused", tunnel = { refused = { { version = 2, name = "TS_UNACCEPTABLE", exchange = "IKE_AUTH", attempt = 1, from = "b", to = "a", last = 1, frames = { 6 } } } }, expect = "nothing" },
	},
}
