-- RFC 7296 2.5: a payload marked critical that the receiver does not know makes it reject the whole message.
return rule {
	id = "ike.unsupported_critical", step = "negotiation", severity = "high", scope = "tunnel",
	trigger = { "refused" },
	title = _"A payload with the critical bit is not understood",
	say = { confirmed = _"{from} does not know payload {payload} in {message} of {to}, which is marked as critical, and rejects the whole message (UNSUPPORTED_CRITICAL_PAYLOAD, {frames})." },
	sure = { confirmed = "the notify is here in clear text" },
	why = _"critical payload {payload} not understood",
	advise = {
		now = { _"Update {from}, or switch off at {to} the extension that sends this payload." },
		verify = { _"Connect again. {from} must answer {message}, and this filter must show no frame: isakmp.notify.msgtype==1" },
		admin = { _"Vendor extensions and drafts are the usual source: additional key exchanges, private payloads.", _"strongSwan: charon.send_vendor_id, the ke proposals of the connection" },
	},
	explains = { "life.half_open", "path.udp500.no_reply" },
	references = { "RFC 7296 2.5", "RFC 7296 3.2" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		for _, r in ipairs(t.refused) do
			if r.version == 2 and r.name == "UNSUPPORTED_CRITICAL_PAYLOAD" then
				return {
					confidence = "confirmed", culprit = "both", frames = r.frames, at = r.last, severity = t.works and "low" or nil, filter = "isakmp.notify.msgtype==1",
					args = { from = address(t, r.from), to = address(t, r.to), message = message(r.exchange), payload = r.payload or "?", frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "names the payload", tunnel = { refused = { { version = 2, name = "UNSUPPORTED_CRITICAL_PAYLOAD", payload = "TYPE_200", exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } },
		  expect = { confidence = "confirmed", severity = "high", text_has = "TYPE_200" } },
		{ name = "INVALID_SYNTAX is another matter", tunnel = { refused = { { version = 2, name = "INVALID_SYNTAX", exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } }, expect = "nothing" },
		{ name = "number 1 of IKEv1 is INVALID-PAYLOAD-TYPE", tunnel = { refused = { { version = 1, name = "INVALID-PAYLOAD-TYPE", exchange = "MAIN_1", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } }, expect = "nothing" },
	},
}
