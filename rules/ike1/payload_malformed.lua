return rule {
	id = "ike1.payload_malformed", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "refused" },
	title = _"\"Payload malformed\": usually the key, not the format",
	say = {
		confirmed = _"{from} says that a message of {to} is malformed (PAYLOAD-MALFORMED in answer to {message}, {frames}). After message 5 that means another pre-shared key: the decrypted bytes are no payloads.",
	},
	sure = { confirmed = "the notify is here in clear text" },
	why = _"PAYLOAD-MALFORMED from {from}",
	advise = {
		now = { _"Enter the pre-shared key anew on both sides.", _"If it answers one of the first four messages: compare the software versions, or look for a device that alters packets." },
		verify = { _"Connect again. {from} must answer {message}, and this filter must show no frame: isakmp.notify.msgtype==16" },
		admin = { _"ASA: show running-config tunnel-group; strongSwan: invalid payload length, decryption failed" },
	},
	explains = { "ike.auth.no_reply", "life.half_open", "path.udp500.no_reply" },
	references = { "RFC 2408 3.14.1" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		for _, r in ipairs(t.refused) do
			if r.version == 1 and r.name == "PAYLOAD-MALFORMED" then
				return {
					confidence = "confirmed", culprit = "both", frames = r.frames, at = r.last, filter = "isakmp.notify.msgtype==16",
					severity = t.works and "low" or nil,
					args = { from = address(t, r.from), to = address(t, r.to), message = message(r.exchange), frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "after message 5", tunnel = { refused = { { version = 1, name = "PAYLOAD-MALFORMED", exchange = "MAIN_5", attempt = 1, from = "b", to = "a", frames = { 6 }, last = 1 } } },
		  expect = { confidence = "confirmed", culprit = "both" } },
		{ name = "another notify", tunnel = { refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", exchange = "MAIN_1", attempt = 1, from = "b", to = "a", frames = { 6 }, last = 1 } } }, expect = "nothing" },
	},
}
