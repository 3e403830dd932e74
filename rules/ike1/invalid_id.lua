-- Notify 18. In Quick Mode: networks; in phase 1: the group or identity is not known. ike1.quick.refused has the encrypted twin.
local NETWORKS = _"the networks (crypto ACLs) of the two sides do not mirror each other"
local IDENTITY = _"it does not know this group or identity"

return rule {
	id = "ike1.invalid_id", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "refused" },
	title = _"\"Invalid ID information\": networks or identity",
	say = { confirmed = _"{from} refuses {message} of {to} with INVALID-ID-INFORMATION ({frames}; some logs write INVALID_ID_INFORMATION): {meaning}." },
	sure = { confirmed = "the notify is here in clear text" },
	why = _"INVALID-ID-INFORMATION to {message}",
	advise = {
		now = { _"Compare the networks of both sides, mask by mask: each must list them mirrored.", _"If it answers a message of phase 1: compare group name and identity.",
		        _"Ask the administrator of {from} for the log line of that second." },
		verify = { _"Connect again. {from} must answer {message} with the next message, and this filter must show no frame: isakmp.notify.msgtype==18" },
		peer = _"Please compare with us the networks mask by mask, and group name and identity: {from} refuses {message} of {to}. Its log line of the time below names what it did not expect; please send it.",
		admin = { _"ASA: 713061 no matching crypto map entry; show running-config crypto map, crypto isakmp identity", _"strongSwan: local_ts, remote_ts; Libreswan: leftsubnet, rightsubnet, leftid, rightid" },
	},
	explains = { "life.half_open", "ike1.quick.no_reply", "ike1.quick.refused", "data.esp.none", "ike.auth.no_reply", "ike1.other_notify" },
	references = { "RFC 2408 3.14.1", "RFC 2407 4.6.2" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		for _, r in ipairs(t.refused) do
			if r.version == 1 and r.name == "INVALID-ID-INFORMATION" and r.exchange ~= "AGGRESSIVE_1" then
				local quick = r.exchange == "QUICK_1" or r.exchange == "QUICK_3"
				return {
					confidence = "confirmed", culprit = "both", frames = r.frames, at = r.last, severity = t.works and t.works.since > r.last and "medium" or nil, filter = "isakmp.notify.msgtype==18",
					args = { from = address(t, r.from), to = address(t, r.to), message = message(r.exchange), meaning = quick and NETWORKS or IDENTITY, frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "to Quick Mode", tunnel = { refused = { { version = 1, name = "INVALID-ID-INFORMATION", exchange = "QUICK_1", attempt = 1, from = "b", to = "a", last = 1, frames = { 9 } } } },
		  expect = { confidence = "confirmed", culprit = "both", text_has = "mirror" } },
		{ name = "to message 5", tunnel = { refused = { { version = 1, name = "INVALID-ID-INFORMATION", exchange = "MAIN_5", attempt = 1, from = "b", to = "a", last = 1, frames = { 9 } } } }, expect = { text_has = "identity" } },
		{ name = "to the first message of Aggressive Mode: auth.id.mismatch", tunnel = { refused = { { version = 1, name = "INVALID-ID-INFORMATION", exchange = "AGGRESSIVE_1", attempt = 1, from = "b", to = "a", last = 1, frames = { 2 } } } }, expect = "nothing" },
		{ name = "number 18 means nothing in IKEv2", tunnel = { refused = { { version = 2, name = "TYPE_18", exchange = "IKE_AUTH", attempt = 1, from = "b", to = "a", last = 1, frames = { 2 } } } }, expect = "nothing" },
	},
}
