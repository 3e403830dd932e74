-- RFC 7296 2.21.2. When the message does not fit its own lengths here either, the sender is at fault; else two programs disagree.
return rule {
	id = "ike.invalid_syntax", step = "negotiation", severity = "high", scope = "tunnel",
	trigger = { "refused" },
	title = _"The peer says the message is malformed",
	say = {
		confirmed = _"{from} says that {message} of {to} is malformed ({name}, {frames}), and it is: its payloads do not fit their own lengths in this recording either.",
		likely = _"{from} says that {message} of {to} is malformed ({name}, {frames}); in this recording it is whole. Two programs read the standard differently, or the packet was altered on the way.",
	},
	sure = {
		confirmed = "the notify is here, and the message breaks its own lengths",
		likely = "the peer says so, and both causes are named",
	},
	why = _"{name} from {from}",
	advise = {
		now = { _"Compare the software versions of both sides and their known faults.", _"Record at both ends and compare the bytes of {message}." },
		verify = { _"Connect again. {from} must answer {message} without an error, and this filter must show no frame: isakmp.notify.msgtype==7" },
		admin = { _"strongSwan: swanctl --log --level 2", _"ASA: debug crypto ikev2 protocol 127" },
	},
	explains = { "life.half_open", "path.udp500.no_reply" },
	references = { "RFC 7296 2.21.2", "RFC 7296 3.10.1" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		for _, r in ipairs(t.refused) do
			if r.version == 2 and r.name == "INVALID_SYNTAX" then
				local a, broken = t.attempts and t.attempts[r.attempt], false
				for _, x in ipairs(a and a.exchanges or {}) do
					if x.malformed and x.from == r.to and x.type == r.exchange then broken = true end
				end
				return {
					confidence = broken and "confirmed" or "likely", culprit = not broken and "both" or r.to == t.vantage.side and "local" or "peer", frames = r.frames, at = r.last,
					severity = t.works and "low" or nil, filter = "isakmp.notify.msgtype==7",
					args = { from = address(t, r.from), to = address(t, r.to), message = message(r.exchange), name = r.name, frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "in clear", tunnel = { refused = { { version = 2, name = "INVALID_SYNTAX", exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } },
		  expect = { confidence = "likely", severity = "high", culprit = "both" } },
		{ name = "and the message is broken indeed",
		  tunnel = { attempts = { { exchanges = { { type = "IKE_SA_INIT", from = "a", malformed = true } } } },
		             refused = { { version = 2, name = "INVALID_SYNTAX", exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } },
		  expect = { confidence = "confirmed", culprit = "local" } },
		{ name = "another notify", tunnel = { refused = { { version = 2, name = "NO_PROPOSAL_CHOSEN", exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } }, expect = "nothing" },
		{ name = "a scanner's probe", tunnel = { probe = { why = "few_and_bare", count = 1, frames = { 1 } },
		  refused = { { version = 2, name = "INVALID_SYNTAX", exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } }, expect = "nothing" },
	},
}
