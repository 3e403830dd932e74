-- The hub between reachability and authentication: what follows the first exchange is never answered, or never comes.

-- The next message comes within a second, or again after a few.
local SILENCE_S = 4

return rule {
	id = "ike.auth.no_reply", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The first exchange worked, the next gets no answer",
	say = {
		confirmed = _"{responder} answers the first exchange and never {message}: {initiator} sends it {sends} times, in packets of up to {size}, and runs into its timeout ({frames}).",
		likely = _"{initiator} and {responder} agree in the first exchange, then {message} of {initiator} never arrives whole ({frames}).",
		possible = _"{initiator} and {responder} agree in the first exchange, then nothing more of {initiator} is in the file ({frames}): its next message is lost on the way, {initiator} stops by itself, or the recording ends too early. A recording at {initiator} tells.",
	},
	sure = { likely = "later fragments can be in this file, and pieces of the message are" },
	why = _"{message} never answered",
	advise = {
		now = { _"Record at the other end: does {message} arrive there, whole?" },
		verify = { _"{message} is answered within a second." },
		isp = _"Please check that UDP 4500, IP fragments and packets of full size pass between {initiator} and {responder}, and that ICMP type 3 code 4 comes back where they do not fit: small UDP packets pass, {message} (in packets of up to {size}) gets no answer.",
		admin = { _"Look into the log of {responder} for that second: a refusal in silence looks the same on the wire." },
	},
	explains = { "life.half_open" },
	references = { "RFC 7296 2.1", "RFC 7296 2.4" },
	when = function(t, c)
		local UNKNOWN = _"size unknown"
		local hub = { IKE_AUTH = true, IKE_INTERMEDIATE = true, MAIN_3 = true, MAIN_5 = true }
		local asked = {}
		for _, x in ipairs(t.unanswered or {}) do asked[#asked + 1] = x end
		for _, x in ipairs(t.incomplete or {}) do -- our own IKE fragments: what was sent is sent
			if x.ike_pieces and x.from == t.vantage.side and x.sends > 0 and not x.answered then asked[#asked + 1] = x end
		end
		for _, x in ipairs(asked) do
			local a = t.attempts[x.attempt]
			if hub[x.type] and a.from_start and x.sends >= 3 and waited(x) and x.icmp == 0 and x.to ~= t.vantage.side
			   and not (a.version == 1 and informed(a, x.to, x.first)) then
				return {
					confidence = "confirmed", culprit = "unknown", frames = x.frames, at = x.last,
					args = { initiator = address(t, x.from), responder = address(t, x.to), sender = address(t, x.from), receiver = address(t, x.to), message = message(x.type), sends = count(x.sends),
					         size = bytes(x.ip_bytes), frames = frames(x.frames) },
				}
			end
		end
		-- the answering end: pieces of the next message arrive, or nothing at all
		for _, x in ipairs(t.incomplete or {}) do
			if hub[x.type] and x.complete == false and x.sends > 0 and x.from ~= t.vantage.side and c.frag_blind == "no" and c.sees.frags ~= "no"
			   and not x.hole and (x.sends >= 2 or t.span.capture_end - x.last > SILENCE_S) and not (t.works and t.works.since > x.last) then
				return {
					confidence = "likely", culprit = "unknown", frames = x.frames, at = x.last,
					args = { initiator = address(t, x.from), responder = address(t, x.to), sender = address(t, x.from), receiver = address(t, x.to), message = message(x.type), sends = count(x.sends),
					         size = (x.ip_bytes or 0) > 0 and bytes(x.ip_bytes) or UNKNOWN, frames = frames(x.frames) },
				}
			end
		end
		local stopped, seen, last
		for _, a in ipairs(t.attempts) do
			local next_seen, agreed = false, nil
			for _, x in ipairs(a.exchanges) do
				if x.type == "IKE_SA_INIT" or x.type == "MAIN_1" or x.type == "MAIN_3" then
					agreed = x
					if x.sends_after_answer > 0 then next_seen = true end
				else
					next_seen = true
				end
			end
			-- with NAT traversal on both sides the next message moves to port 4500: a filter on port 500 hides it
			local hidden = a.nat_t and a.nat_t.a and a.nat_t.b and c.sees.p4500 ~= "yes" and (t.span.capture_end > a.last or c.bare)
			if a.from_start and not hidden and not a.hole and a.stage == "agreed" and (a.responder == t.vantage.side or t.vantage.side == "middle") and not next_seen and agreed and agreed.answer
			   -- the last frame of a file is not the end of the recording: whoever stopped it did not do so by the millisecond
			   and (t.span.capture_end - a.last > SILENCE_S or t.span.capture_end == a.last) then
				stopped, last, seen = a, a.last, agreed.answer.frames
			end
		end
		if stopped and not t.works then
			return {
				confidence = "possible", culprit = "unknown", frames = seen, at = last,
				args = { initiator = address(t, stopped.initiator), responder = address(t, stopped.responder),
				         sender = address(t, stopped.initiator), receiver = address(t, stopped.responder),
				         message = message(stopped.version == 2 and "IKE_AUTH" or "MAIN_5"), sends = count(0), size = UNKNOWN, frames = frames(seen) },
			}
		end
	end,
	tests = {
		{ name = "five IKE_AUTH unanswered",
		  tunnel = { attempts = { { from_start = true, version = 2, exchanges = {} } },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 5, quiet = true, icmp = 0, first = 0, last = 89, ip_bytes = 300, frames = { 3, 4 } } } },
		  expect = { confidence = "confirmed", culprit = "unknown" } },
		{ name = "three times and given up: the recording goes on long enough",
		  tunnel = { attempts = { { from_start = true, version = 2, exchanges = {} } },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 3, quiet = true, icmp = 0, first = 0, last = 89, ip_bytes = 300, frames = { 3, 4 } } } },
		  expect = { confidence = "confirmed", culprit = "unknown" } },
		{ name = "the recording has a hole where its answer may have been",
		  tunnel = { attempts = { { from_start = true, version = 2, exchanges = {} } },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 5, quiet = false, hole = true, icmp = 0, first = 0, last = 89, ip_bytes = 300, frames = { 3, 4 } } } },
		  expect = "nothing" },
		{ name = "the recording ends too early",
		  tunnel = { vantage = { side = "a" }, span = { capture_end = 12 }, attempts = { { from_start = true, version = 2, stage = "authenticating", exchanges = {} } },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 3, quiet = false, icmp = 0, first = 0, last = 11, ip_bytes = 300, frames = { 3, 4 } } } },
		  expect = "nothing" },
		{ name = "its pieces arrive, never all of them",
		  tunnel = { vantage = { side = "a" }, attempts = { { from_start = true, version = 2, stage = "authenticating", exchanges = {} } },
		             incomplete = { { type = "IKE_AUTH", from = "b", to = "a", attempt = 1, sends = 5, complete = false, last = 40, bytes = 2000, frames = { 3, 4 } } } },
		  expect = { confidence = "likely" } },
		{ name = "a port filter hides the other pieces",
		  tunnel = { vantage = { side = "a" }, attempts = { { from_start = true, version = 2, stage = "authenticating", exchanges = {} } },
		             incomplete = { { type = "IKE_AUTH", from = "b", to = "a", attempt = 1, sends = 5, complete = false, last = 40, bytes = 2000, frames = { 3, 4 } } } },
		  capture = { frag_blind = "certain", sees = { both_ways = "yes", icmp = "unknown", frags = "no", esp = "yes", p4500 = "yes" } },
		  expect = "nothing" },
		{ name = "the answering end waits in vain",
		  tunnel = { vantage = { side = "a" }, span = { capture_end = 100 },
		             attempts = { { from_start = true, version = 2, stage = "agreed", responder = "a", initiator = "b", last = 1,
		                            exchanges = { { type = "IKE_SA_INIT", sends_after_answer = 0, answer = { frames = { 2 } } } } } } },
		  expect = { confidence = "possible" } },
		{ name = "and when nothing else is recorded either",
		  tunnel = { vantage = { side = "a" }, span = { capture_end = 1 },
		             attempts = { { from_start = true, version = 2, stage = "agreed", responder = "a", initiator = "b", last = 1,
		                            exchanges = { { type = "IKE_SA_INIT", sends_after_answer = 0, answer = { frames = { 2 } } } } } } },
		  expect = { confidence = "possible" } },
		{ name = "a filter on port 500 hides what moves to 4500",
		  tunnel = { vantage = { side = "a" }, span = { capture_end = 100 },
		             attempts = { { from_start = true, version = 2, stage = "agreed", responder = "a", initiator = "b", last = 1, nat_t = { a = true, b = true },
		                            exchanges = { { type = "IKE_SA_INIT", sends_after_answer = 0, answer = { frames = { 2 } } } } } } },
		  capture = { sees = { both_ways = "yes", icmp = "unknown", frags = "unknown", esp = "unknown", p4500 = "unknown" } }, expect = "nothing" },
		{ name = "UDP 4500 is recorded, and nothing comes there",
		  tunnel = { vantage = { side = "a" }, span = { capture_end = 100 },
		             attempts = { { from_start = true, version = 2, stage = "agreed", responder = "a", initiator = "b", last = 1, nat_t = { a = true, b = true },
		                            exchanges = { { type = "IKE_SA_INIT", sends_after_answer = 0, answer = { frames = { 2 } } } } } } },
		  expect = { confidence = "possible" } },
		{ name = "the recording goes on for a moment only",
		  tunnel = { vantage = { side = "a" }, span = { capture_end = 2 },
		             attempts = { { from_start = true, version = 2, stage = "agreed", responder = "a", initiator = "b", last = 1,
		                            exchanges = { { type = "IKE_SA_INIT", sends_after_answer = 0, answer = { frames = { 2 } } } } } } },
		  expect = "nothing" },
		{ name = "nothing but port 500 on a link that has ARP: the filter hides what goes to 4500",
		  tunnel = { vantage = { side = "a" }, span = { capture_end = 1 },
		             attempts = { { from_start = true, version = 2, stage = "agreed", responder = "a", initiator = "b", last = 1, nat_t = { a = true, b = true },
		                            exchanges = { { type = "IKE_SA_INIT", sends_after_answer = 0, answer = { frames = { 2 } } } } } } },
		  capture = { bare = { frames = { 1, 2 } }, sees = { both_ways = "yes", icmp = "unknown", frags = "yes", esp = "unknown", p4500 = "unknown" } },
		  expect = "nothing" },
		{ name = "the same where the link has no ARP",
		  tunnel = { vantage = { side = "a" }, span = { capture_end = 1 },
		             attempts = { { from_start = true, version = 2, stage = "agreed", responder = "a", initiator = "b", last = 1, nat_t = { a = true, b = true },
		                            exchanges = { { type = "IKE_SA_INIT", sends_after_answer = 0, answer = { frames = { 2 } } } } } } },
		  capture = { only_ike_ports = { to = 2, frames = { 1, 2 } }, sees = { both_ways = "yes", icmp = "unknown", frags = "yes", esp = "unknown", p4500 = "unknown" } },
		  expect = { confidence = "possible" } },
	},
}
