-- RFC 2409 5.4: message 2 proves the key of the responder. An initiator that holds another key stops there, with an error or in silence.
return rule {
	id = "auth.psk.v1_aggressive", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The pre-shared keys differ (IKEv1 Aggressive Mode)",
	say = {
		likely = _"The pre-shared keys of {initiator} and {responder} differ: {initiator} answers the proof of {responder} ({answer}) with an error message instead of message 3 ({frames}). An initiator that does not accept identity or policy of {responder} looks the same; the log of {initiator} decides.",
		possible = _"The pre-shared keys of {initiator} and {responder} differ: {initiator} stops after the proof of {responder} ({frames}) and never sends message 3. A client that stops for another reason (identity, policy), an answer that is lost, or a recording that ends too early looks the same; the log of {initiator} decides.",
	},
	why = _"{initiator} stops after message 2",
	advise = {
		now = { _"Enter the group key anew on {initiator} and {responder}.", _"Read the log of {initiator}: a hash that does not match means the key." },
		verify = { _"Connect again. After message 2 this filter must show a frame of {initiator}, message 3: isakmp.exchangetype==4 && isakmp.flag_e==1" },
		peer = _"Please enter the group key of the tunnel between {initiator} and {responder} anew, as we do, and compare group name and identity. A hash that does not match in the log of {initiator} means the key.",
		admin = { _"ASA: show running-config tunnel-group; client: group name and group password", _"strongSwan: calculated HASH does not match HASH payload" },
	},
	explains = { "life.half_open", "ike.auth_not_sent", "ike1.invalid_hash_or_auth" },
	references = { "RFC 2409 5.4" },
	when = function(t, c)
		-- with NAT traversal on both sides message 3 moves to port 4500: a filter on port 500 hides it
		local function hidden(a) return a.nat_t and a.nat_t.a and a.nat_t.b and c.sees.p4500 ~= "yes" end
		local seen, found, answer, last, sure, proven = {}, nil, nil, 0, false, false
		for _, a in ipairs(t.attempts) do
			for _, x in ipairs(a.exchanges) do
				if x.type == "AGGRESSIVE_3" or x.type == "TRANSACTION" or x.type == "QUICK_1" then proven = true end -- the key was right there
			end
		end
		for i, a in ipairs(t.attempts) do
			local first, third, said
			for _, x in ipairs(a.exchanges) do
				if x.type == "AGGRESSIVE_1" and x.sends > 0 and x.answered and x.answer.sends > 0 then first = x end
				if x.type == "AGGRESSIVE_3" or x.type == "TRANSACTION" or x.type == "QUICK_1" then third = true end
				if x.type == "INFORMATIONAL_V1" and x.from == a.initiator and first and x.sends > 0 and x.first >= first.answer.first
				   and x.first - first.answer.first < 2 then
					said = x
				end
			end
			local over = not a.hole and (t.attempts[i + 1] ~= nil or t.span.capture_end - a.last > 20 or t.span.capture_end - a.last < 0.5)
			local heard = first and first.sends_after_answer == 0 and first.answer.pieces == 1
			-- at the answering end, when nothing at all is recorded afterwards: nobody stops a recording by the millisecond
			local last_word = heard and t.vantage.side == a.responder and t.span.capture_end == a.last and not a.hole
			if a.version == 1 and a.mode == "aggressive" and a.psk and a.from_start and first and not third and not first.refused and (said or not hidden(a))
			   and (said or not proven and (over and heard and t.vantage.side == a.initiator) or not proven and (last_word or (over and heard and first.answer.sends >= 3))) then
				found, answer, last, sure = found or a, answer or first.answer.frames, math.max(last, a.last), sure or said ~= nil
				append(seen, said and said.frames or first.answer.frames)
			end
		end
		if not found then return nil end
		return {
			confidence = sure and "likely" or "possible", culprit = "both", frames = seen, at = last,
			severity = t.works and t.works.since >= last and "medium" or nil,
			args = { initiator = address(t, found.initiator), responder = address(t, found.responder), frames = frames(seen), answer = frames(answer) },
		}
	end,
	tests = {
		{ name = "an error message answers message 2",
		  tunnel = { attempts = { { version = 1, mode = "aggressive", psk = true, from_start = true, initiator = "a", responder = "b", last = 1,
		    exchanges = { { type = "AGGRESSIVE_1", from = "a", sends = 1, answered = true, sends_after_answer = 0, answer = { sends = 1, pieces = 1, first = 0.1, frames = { 2 } } },
		                  { type = "INFORMATIONAL_V1", from = "a", sends = 1, first = 0.12, frames = { 3 } } } } } },
		  expect = { confidence = "likely" } },
		{ name = "silence at the initiator",
		  tunnel = { attempts = { { version = 1, mode = "aggressive", psk = true, from_start = true, initiator = "a", responder = "b", last = 1,
		    exchanges = { { type = "AGGRESSIVE_1", from = "a", sends = 1, answered = true, sends_after_answer = 0, answer = { sends = 4, pieces = 1, first = 0.1, frames = { 2 } } } } } } },
		  expect = { confidence = "possible" } },
		{ name = "a filter on port 500 hides message 3",
		  tunnel = { attempts = { { version = 1, mode = "aggressive", psk = true, from_start = true, initiator = "a", responder = "b", last = 1, nat_t = { a = true, b = true },
		    exchanges = { { type = "AGGRESSIVE_1", from = "a", sends = 1, answered = true, sends_after_answer = 0, answer = { sends = 4, pieces = 1, first = 0.1, frames = { 2 } } } } } } },
		  capture = { sees = { both_ways = "yes", icmp = "unknown", frags = "unknown", esp = "unknown", p4500 = "unknown" } }, expect = "nothing" },
		{ name = "the same where UDP 4500 is recorded",
		  tunnel = { attempts = { { version = 1, mode = "aggressive", psk = true, from_start = true, initiator = "a", responder = "b", last = 1, nat_t = { a = true, b = true },
		    exchanges = { { type = "AGGRESSIVE_1", from = "a", sends = 1, answered = true, sends_after_answer = 0, answer = { sends = 4, pieces = 1, first = 0.1, frames = { 2 } } } } } } },
		  expect = { confidence = "possible" } },
		{ name = "message 3 follows",
		  tunnel = { attempts = { { version = 1, mode = "aggressive", psk = true, from_start = true, initiator = "a", responder = "b", last = 1,
		    exchanges = { { type = "AGGRESSIVE_1", from = "a", sends = 1, answered = true, sends_after_answer = 0, answer = { sends = 1, pieces = 1, first = 0.1, frames = { 2 } } },
		                  { type = "AGGRESSIVE_3", from = "a", sends = 1, first = 0.12, frames = { 3 } } } } } },
		  expect = "nothing" },
		{ name = "at the responder the answer may be lost: the request comes again",
		  tunnel = { vantage = { side = "b" }, attempts = { { version = 1, mode = "aggressive", psk = true, from_start = true, initiator = "a", responder = "b", last = 1,
		    exchanges = { { type = "AGGRESSIVE_1", from = "a", sends = 4, answered = true, sends_after_answer = 3, answer = { sends = 4, pieces = 1, first = 0.1, frames = { 2 } } } } } } },
		  expect = "nothing" },
	},
}
