-- Recorded at the initiator: the answer is here, and the initiator does not go on.
return rule {
	id = "ike.auth_not_sent", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The answer was fine, yet the initiator stops",
	say = {
		likely = _"{initiator} stops by itself: the answer of {responder} to IKE_SA_INIT arrives ({frames}), and {initiator} sends no IKE_AUTH within {waited}. It lacks a key or certificate for that identity, or does not accept what was chosen. A filter that hides UDP 4500 looks the same; a recording by host alone decides.",
	},
	why = _"{initiator} sends no IKE_AUTH",
	advise = {
		now = { _"Read the log of {initiator} for that second." },
		verify = { _"Connect again. This filter must show frames of {initiator}: isakmp.exchangetype==35 && isakmp.flag_r==0" },
		admin = { _"strongSwan: no private key found; swanctl --list-certs; ASA: debug crypto ikev2 protocol 127", _"Is NAT traversal switched off at {initiator}?" },
	},
	explains = { "life.half_open" },
	references = { "RFC 7296 1.2" },
	when = function(t, c)
		local seen, found, last, waited = {}, nil, 0, 0
		for i, a in ipairs(t.attempts) do
			if a.version == 2 and a.from_start and not a.hole and a.stage == "agreed" and a.initiator == t.vantage.side then
				local answer, more
				for _, x in ipairs(a.exchanges) do
					if x.type == "IKE_SA_INIT" then
						if x.answered and not x.refused then answer = x.answer end
					else
						more = true
					end
				end
				local till = t.attempts[i + 1] and t.attempts[i + 1].first or t.span.capture_end
				-- with NAT traversal on both sides IKE_AUTH moves to port 4500: a filter on port 500 hides it
				local hidden = a.nat_t and a.nat_t.a and a.nat_t.b and c.bare and c.sees.p4500 ~= "yes"
				if answer and not more and not hidden and till - answer.last >= 10 then
					found, last, waited = a, math.max(last, answer.last), math.max(waited, till - answer.last)
					append(seen, answer.frames)
				end
			end
		end
		if not found or t.incomplete then return nil end
		return {
			confidence = "likely", culprit = "local", frames = seen, at = last, severity = t.works and t.works.since > last and "medium" or nil,
			args = { initiator = address(t, found.initiator), responder = address(t, found.responder), waited = duration(waited), frames = frames(seen) },
		}
	end,
	tests = {
		{ name = "the answer is here, nothing follows",
		  tunnel = { attempts = { { version = 2, from_start = true, stage = "agreed", initiator = "a", responder = "b",
		                            exchanges = { { type = "IKE_SA_INIT", answered = true, answer = { last = 0.1, frames = { 2 } } } } } } },
		  expect = { confidence = "likely", culprit = "local" } },
		{ name = "recorded at the responder IKE_AUTH may be lost",
		  tunnel = { vantage = { side = "b" }, attempts = { { version = 2, from_start = true, stage = "agreed", initiator = "a", responder = "b",
		                            exchanges = { { type = "IKE_SA_INIT", answered = true, answer = { last = 0.1, frames = { 2 } } } } } } },
		  expect = "nothing" },
		{ name = "the recording ends too early",
		  tunnel = { span = { capture_end = 4 }, attempts = { { version = 2, from_start = true, stage = "agreed", initiator = "a", responder = "b",
		                            exchanges = { { type = "IKE_SA_INIT", answered = true, answer = { last = 0.1, frames = { 2 } } } } } } },
		  expect = "nothing" },
		{ name = "a filter on port 500 hides IKE_AUTH on 4500",
		  tunnel = { attempts = { { version = 2, from_start = true, stage = "agreed", initiator = "a", responder = "b", nat_t = { a = true, b = true },
		                            exchanges = { { type = "IKE_SA_INIT", answered = true, answer = { last = 0.1, frames = { 2 } } } } } } },
		  capture = { bare = { frames = { 1, 2 } }, sees = { both_ways = "yes", icmp = "unknown", frags = "yes", esp = "unknown", p4500 = "unknown" } },
		  expect = "nothing" },
		{ name = "the same where UDP 4500 is recorded",
		  tunnel = { attempts = { { version = 2, from_start = true, stage = "agreed", initiator = "a", responder = "b", nat_t = { a = true, b = true },
		                            exchanges = { { type = "IKE_SA_INIT", answered = true, answer = { last = 0.1, frames = { 2 } } } } } } },
		  capture = { bare = { frames = { 1, 2 } } },
		  expect = { confidence = "likely" } },
	},
}
