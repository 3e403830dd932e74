-- The differential table "first message without an answer": from the asking side the silence is certain, its cause is not.

return rule {
	id = "path.udp500.no_reply", step = "reachability", severity = "critical", scope = "tunnel",
	trigger = { "unanswered" },
	title = _"Nobody answers the first IKE message",
	say = {
		confirmed = _"{responder} never answers: {initiator} sends its first IKE message {sends} times in all (attempts: {attempts}, rhythm of the resends: {rhythm}), and no reply and no ICMP error comes back ({frames}).",
		likely = _"{responder} does not answer: {initiator} sends its first IKE message {sends} times (attempts: {attempts}), and this recording holds no reply ({frames}). It holds nothing else that came in either. A filter that hides what comes in looks the same; a recording of both directions decides.",
	},
	why = _"{sends} first messages, no answer",
	advise = {
		now = {
			_"Check the peer address {responder} first (configuration, DNS).",
			_"Record at {responder}: does the request arrive there? If it does: does an answer leave? That decides between the way there, the peer, and the way back.",
		},
		verify = { _"Connect again. At {initiator} an answer of {responder} must follow its first message. Recorded at {responder}, this filter tells whether the request arrives: udp.port==500 && ip.src=={initiator}" },
		isp = _"Please find out where our UDP packets from {initiator} port {sport} to {responder} port {dport} end: capture at your edge towards us and towards your upstream, and tell us on which hop they stop, and which filter or scrubbing rule matches UDP 500, with its last change. Please look for answers of {responder}, too: none comes back to us.",
		admin = {
			_"ASA: show crypto isakmp sa shows MM_WAIT_MSG2; capture X interface outside match ip host {initiator} host {responder}",
			_"Peer: is IKE enabled on that interface, does it know {initiator}?",
			_"Record at {responder}: tcpdump -ni IF -s0 -w FILE 'host {initiator} or icmp or icmp6 or (ip[6:2] & 0x1fff != 0)'; Windows: pktmon start --capture",
		          _"Record at {responder} on an ASA: capture X interface outside buffer 10000000 packet-length 1600 match ip host {responder} host {initiator}, and a second one with match icmp any any",
		},
	},
	explains = { "life.half_open", "cap.starts_late" },
	references = { "RFC 7296 2.1", "RFC 7296 2.4" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		local UNKNOWN = _"unknown"
		local first = { IKE_SA_INIT = true, MAIN_1 = true, AGGRESSIVE_1 = true }
		local sends, attempts, seen, last, example = 0, {}, {}, 0, nil
		for _, x in ipairs(t.unanswered) do
			local side = t.vantage.side
			if first[x.type] and x.sends >= 3 and waited(x) and x.icmp == 0 and not x.partial_answer and x.to ~= side
			   and t.attempts[x.attempt].from_start then
				example = example or x
				sends = sends + x.sends
				attempts[#attempts + 1] = x.attempt
				last = math.max(last, x.last)
				append(seen, x.frames)
			end
		end
		if not example then return nil end
		return {
			confidence = c.sees.both_ways == "yes" and "confirmed" or "likely", culprit = "unknown",
			frames = seen, at = last,
			args = { initiator = address(t, example.from), responder = address(t, example.to), sends = count(sends),
			         attempts = count(#attempts), frames = frames(seen), sport = example.sport, dport = example.dport,
			         rhythm = example.schedule and example.schedule.name or UNKNOWN },
		}
	end,
	tests = {
		{ name = "five requests, silence",
		  tunnel = { attempts = { { from_start = true } },
		             unanswered = { { type = "IKE_SA_INIT", from = "a", to = "b", attempt = 1, sends = 5, quiet = true, icmp = 0, last = 89,
		                              frames = { 1, 2, 3, 4, 5 }, sport = 500, dport = 500 } } },
		  expect = { confidence = "confirmed", culprit = "unknown" } },
		{ name = "the same, and its answer may be in a hole of the recording",
		  tunnel = { attempts = { { from_start = true } },
		             unanswered = { { type = "IKE_SA_INIT", from = "a", to = "b", attempt = 1, sends = 5, hole = true, quiet = false, icmp = 0, last = 89,
		                              frames = { 1, 2, 3, 4, 5 }, sport = 500, dport = 500 } } },
		  expect = "nothing" },
		{ name = "with the back-off of strongSwan",
		  tunnel = { attempts = { { from_start = true } },
		             unanswered = { { type = "IKE_SA_INIT", from = "a", to = "b", attempt = 1, sends = 5, quiet = true, icmp = 0, last = 89,
		                              schedule = { name = "strongSwan", next = 42 }, frames = { 1, 2, 3, 4, 5 }, sport = 500, dport = 500 } } },
		  expect = { confidence = "confirmed", text_has = "resends: strongSwan" } },
		{ name = "nothing else came in either",
		  tunnel = { attempts = { { from_start = true } },
		             unanswered = { { type = "MAIN_1", from = "a", to = "b", attempt = 1, sends = 5, quiet = true, icmp = 0, last = 89,
		                              frames = { 1, 2, 3, 4, 5 }, sport = 500, dport = 500 } } },
		  capture = { sees = { both_ways = "no", icmp = "yes", frags = "yes", esp = "yes", p4500 = "yes" } },
		  expect = { confidence = "likely" } },
		{ name = "the recording ends before the next resend is due",
		  tunnel = { attempts = { { from_start = true } },
		             unanswered = { { type = "IKE_SA_INIT", from = "a", to = "b", attempt = 1, sends = 3, quiet = false, icmp = 0, last = 11,
		                              frames = { 1, 2, 3 }, sport = 500, dport = 500 } } },
		  expect = "nothing" },
		{ name = "an ICMP error answers",
		  tunnel = { attempts = { { from_start = true } },
		             unanswered = { { type = "IKE_SA_INIT", from = "a", to = "b", attempt = 1, sends = 5, quiet = true, icmp = 5, last = 89,
		                              frames = { 1 }, sport = 500, dport = 500 } } },
		  expect = "nothing" },
		{ name = "recorded at the side that should answer",
		  tunnel = { vantage = { side = "a" }, attempts = { { from_start = true } },
		             unanswered = { { type = "IKE_SA_INIT", from = "b", to = "a", attempt = 1, sends = 5, quiet = true, icmp = 0, last = 89,
		                              frames = { 1 }, sport = 500, dport = 500 } } },
		  expect = "nothing" },
	},
}
