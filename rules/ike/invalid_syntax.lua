return rule {
	id = "ike.invalid_syntax", step = "negotiation", severity = "high", scope = "tunnel",
	trigger = { "refused" },
	title = _"The peer says the message is malformed",
	say = { likely = _"{from} says that {message} of {to} is malformed ({name}, {frames}). Two programs read the standard differently, or the packet was altered on the way." },
	why = _"{name} from {from}",
	advise = {
		now = { _"Compare the software versions of both sides and their known faults.", _"Record at both ends and compare the bytes of {message}." },
		verify = { _"No such notify appears. Filter: isakmp.notify.msgtype==7 || isakmp.notify.msgtype==1" },
		admin = { _"strongSwan: swanctl --log --level 2; ASA: debug crypto ikev2 protocol 127" },
	},
	explains = { "life.half_open", "path.udp500.no_reply" },
	references = { "RFC 7296 2.21.2", "RFC 7296 3.10.1", "RFC 7296 2.5" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		for i, r in ipairs(t.refused) do
			if r.version == 2 and (r.name == "INVALID_SYNTAX" or r.name == "UNSUPPORTED_CRITICAL_PAYLOAD") then
				return {
					confidence = "likely", culprit = "both", frames = r.frames, at = r.last, severity = t.works and "low" or nil,
					args = { from = address(t, r.from), to = address(t, r.to), message = r.exchange or "?", name = r.name, frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "in clear", tunnel = { refused = { { version = 2, name = "INVALID_SYNTAX", exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } }, expect = { confidence = "likely", severity = "high" } },
		{ name = "another notify", tunnel = { refused = { { version = 2, name = "NO_PROPOSAL_CHOSEN", exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } }, expect = "nothing" },
	},
}
