-- Three faces: the asking side sees its message on 4500 unanswered; the answering side sees it never come, or come
-- again after every answer.

local SMALL = 576 -- no path is too narrow for it

return rule {
	id = "path.udp4500.blocked", step = "reachability", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"IKE starts on port 500, then dies when it moves to 4500",
	say = {
		likely = _"UDP 4500 does not pass between {initiator} and {responder}: on UDP 500 the two agree, then {message} goes to UDP 4500 {sends} times and its sender hears no answer ({frames}). An end that drops what it gets without a word looks the same; a capture at the other end decides.",
		possible = _"UDP 4500 does not pass between {initiator} and {responder}: on UDP 500 the two agree, and nothing of IKE is answered on UDP 4500 afterwards ({frames}). A peer that refuses in silence (wrong key, unknown identity) looks the same; a capture at the other end or its log decides.",
	},
	why = _"500 passes, nothing answers on 4500",
	advise = {
		now = { _"Permit UDP 4500 beside UDP 500 in every firewall and cloud rule between the two.",
		        _"Record at the other end: do packets to UDP 4500 arrive there?" },
		verify = { _"Connect again. After the messages on UDP 500, frames of both {initiator} and {responder} must show with this filter: isakmp && udp.port==4500" },
		isp = _"Please let UDP port 4500 pass from {from} to {to} and back, or tell us which device discards it. UDP 500 passes between the same hosts in the same minute; with a translator on the way IKE has to move to 4500, and ESP travels inside it.",
		admin = { _"AWS, Azure, GCP: the security group must list UDP 4500", _"ASA: crypto isakmp nat-traversal 20",
		          _"Record at both ends: tcpdump -ni IF -s0 -w FILE 'host PEER or icmp or icmp6 or (ip[6:2] & 0x1fff != 0)'; ASA: capture X interface outside packet-length 1600 match ip host A host B" },
	},
	explains = { "ike.auth.no_reply", "life.half_open", "auth.xauth.stall" },
	references = { "RFC 3947 4", "RFC 7296 2.23", "RFC 3948 2.2" },
	when = function(t, c)
		if c.sees.p4500 == "no" or t.probe and not c.cut then return nil end
		local asked = { IKE_AUTH = true, MAIN_5 = true }
		local sends, tries, seen, last, example = 0, 0, {}, 0, nil
		for _, x in ipairs(t.unanswered or {}) do
			local a = t.attempts[x.attempt]
			local small = x.pieces == 1 and (x.ip_bytes <= 1280)
			if asked[x.type] and a.from_start and a.floated and (x.dport == 4500 or x.sport == 4500) and small and not x.ike_total
			   and x.sends >= 3 and waited(x) and x.icmp == 0 and x.to ~= t.vantage.side and not x.partial_answer
			   and not (x.type == "MAIN_5" and informed(a, x.to, x.first)) then
				example = example or x
				sends, tries, last = sends + x.sends, tries + 1, math.max(last, x.last)
				append(seen, x.frames)
			end
		end
		if example then
			-- a small message 5 under a pre-shared key that is refused in silence looks the same
			local silent_psk = example.type == "MAIN_5" and t.attempts[example.attempt].psk
			return {
				confidence = (silent_psk or c.sees.p4500 ~= "yes") and "possible" or "likely", culprit = "path", frames = seen, at = last,
				filter = "udp.port==4500",
				args = { initiator = address(t, example.from), responder = address(t, example.to), sends = count(sends),
				         from = address(t, example.from), to = address(t, example.to),
				         message = message(example.type), frames = frames(seen) },
			}
		end
		-- Aggressive Mode: its last message moved to 4500 and nothing ever came from there
		for i, a in ipairs(t.attempts) do
			local third, heard
			for _, x in ipairs(a.exchanges) do
				if x.type == "AGGRESSIVE_3" and x.dport == 4500 and x.sends > 0 then third = x end
				if x.from == a.responder and x.sends > 0 or x.type ~= "AGGRESSIVE_1" and x.answered or x.partial_answer then heard = true end
			end
			if third and not heard and a.from_start and a.floated and a.initiator == t.vantage.side and c.sees.both_ways == "yes" and not t.works
			   and not a.hole and (t.attempts[i + 1] ~= nil or t.span.capture_end - third.last > 10) then
				return {
					confidence = "possible", culprit = "path", frames = third.frames, at = third.last, filter = "udp.port==4500",
					args = { initiator = address(t, a.initiator), responder = address(t, a.responder), sends = count(third.sends), message = message("AGGRESSIVE_3"), frames = frames(third.frames),
					         from = address(t, a.initiator), to = address(t, a.responder) },
				}
			end
		end
		-- from the answering side: its answers are small and not heard
		for _, x in ipairs(t.unheard or {}) do
			local a = t.attempts[x.attempt]
			if asked[x.type] and a.from_start and a.floated and (x.dport == 4500 or x.sport == 4500) and x.to == t.vantage.side and not x.refused
			   and x.sends_after_answer >= 3 and x.answer and x.answer.pieces == 1 and not x.answer.ike_total and x.answer.ip_bytes <= SMALL then
				return {
					confidence = "likely", culprit = "path", frames = x.answer.frames, at = x.last, filter = "udp.port==4500",
					args = { initiator = address(t, x.from), responder = address(t, x.to), sends = count(x.sends), from = address(t, x.to), to = address(t, x.from),
					         message = message(x.type), frames = frames(x.frames) },
				}
			end
		end
		-- from the answering side: agreed on 500, told each other of a translator, then silence
		for _, a in ipairs(t.attempts) do
			local still = a.stage == "agreed" and a.from_start and a.responder == t.vantage.side
			              and a.nat_t.a and a.nat_t.b and t.nat and (t.nat.behind or t.nat.forced)
			              and t.span.capture_end - a.last > 30 and not a.hole and not t.incomplete
			for _, x in ipairs(a.exchanges) do
				if x.type == "IKE_AUTH" or x.type == "MAIN_5" or x.type == "AGGRESSIVE_3" or x.type == "INFORMATIONAL_V1" or x.type == "TRANSACTION"
				   or x.sends_after_answer > 0 or a.mode == "aggressive" then
					still = false
				end
			end
			if still then
				tries, last = tries + 1, a.last
				for _, x in ipairs(a.exchanges) do
					append(seen, x.frames, x.answer and x.answer.frames)
				end
				example = a
			end
		end
		if example and c.sees.frags ~= "no" then
			return {
				confidence = "possible", culprit = "path", frames = seen, at = last, filter = "udp.port==4500",
				args = { initiator = address(t, example.initiator), responder = address(t, example.responder), sends = count(tries),
				         message = "IKE", frames = frames(seen), from = address(t, example.initiator), to = address(t, example.responder) },
			}
		end
	end,
	tests = {
		{ name = "agreed on 500, five messages on 4500 unanswered",
		  tunnel = { attempts = { { from_start = true, floated = true, exchanges = {} } },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 5, quiet = true, icmp = 0, first = 0, last = 89, pieces = 1,
		                              ip_bytes = 300, sport = 4500, dport = 4500, frames = { 3, 4, 5, 6, 7 } } } },
		  expect = { confidence = "likely", culprit = "path" } },
		{ name = "three times and given up: the recording goes on long enough",
		  tunnel = { attempts = { { from_start = true, floated = true, exchanges = {} } },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 3, quiet = true, icmp = 0, first = 0, last = 89, pieces = 1,
		                              ip_bytes = 300, sport = 4500, dport = 4500, frames = { 3, 4, 5, 6, 7 } } } },
		  expect = { confidence = "likely", culprit = "path" } },
		{ name = "the recording has a hole where its answer may have been",
		  tunnel = { attempts = { { from_start = true, floated = true, exchanges = {} } },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 5, quiet = false, hole = true, icmp = 0, first = 0, last = 89, pieces = 1,
		                              ip_bytes = 300, sport = 4500, dport = 4500, frames = { 3, 4, 5, 6, 7 } } } },
		  expect = "nothing" },
		{ name = "the answering side: IKE_AUTH comes again after every answer",
		  tunnel = { vantage = { side = "b" }, attempts = { { from_start = true, floated = true, exchanges = {} } },
		             unheard = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 5, sends_after_answer = 4, first = 0, last = 48, sport = 4500, dport = 4500,
		                           frames = { 3, 5, 7 }, answer = { ip_bytes = 280, pieces = 1, frames = { 4, 6, 8 } } } } },
		  expect = { confidence = "likely", culprit = "path" } },
		{ name = "the answering side: a large answer may be too large for the way back, path.pmtu.blackhole",
		  tunnel = { vantage = { side = "b" }, attempts = { { from_start = true, floated = true, exchanges = {} } },
		             unheard = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 5, sends_after_answer = 4, first = 0, last = 48, sport = 4500, dport = 4500,
		                           frames = { 3, 5, 7 }, answer = { ip_bytes = 1300, pieces = 1, frames = { 4, 6, 8 } } } } },
		  expect = "nothing" },
		{ name = "the answering side: a refusal that is ignored is no loss",
		  tunnel = { vantage = { side = "b" }, attempts = { { from_start = true, floated = true, exchanges = {} } },
		             unheard = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 5, sends_after_answer = 4, first = 0, last = 48, sport = 4500, dport = 4500,
		                           refused = "AUTHENTICATION_FAILED", frames = { 3, 5, 7 }, answer = { ip_bytes = 80, pieces = 1, frames = { 4, 6, 8 } } } } },
		  expect = "nothing" },
		{ name = "Aggressive Mode: the last message moves to 4500, silence",
		  tunnel = { attempts = { { from_start = true, floated = true, stage = "authenticating", initiator = "a", responder = "b", nat_t = { a = true, b = true },
		               exchanges = { { type = "AGGRESSIVE_1", from = "a", sends = 1, answered = true }, { type = "AGGRESSIVE_3", from = "a", sends = 1, dport = 4500, last = 1, frames = { 5 } } } } } },
		  expect = { confidence = "possible" } },
		{ name = "the same, and the server asks for the login",
		  tunnel = { attempts = { { from_start = true, floated = true, stage = "authenticated", initiator = "a", responder = "b", nat_t = { a = true, b = true },
		               last = 1.1, exchanges = { { type = "AGGRESSIVE_1", from = "a", sends = 1, answered = true, sends_after_answer = 0 }, { type = "AGGRESSIVE_3", from = "a", sends = 1, dport = 4500, last = 1, sends_after_answer = 0, frames = { 5 } },
		                             { type = "TRANSACTION", from = "b", sends = 1, first = 1.1, last = 1.1, answered = true } } } } },
		  expect = "nothing" },
		{ name = "the answering side: agreed, a translator on the way, then silence",
		  tunnel = { vantage = { side = "b" }, nat = { behind = "a" },
		             attempts = { { from_start = true, stage = "agreed", initiator = "a", responder = "b", last = 1, nat_t = { a = true, b = true },
		                            exchanges = { { type = "IKE_SA_INIT", from = "a", sends = 1, sends_after_answer = 0, frames = { 1 }, answer = { frames = { 2 } } } } } } },
		  expect = { confidence = "possible" } },
		{ name = "the same where fragments cannot be seen: the next message may be one",
		  tunnel = { vantage = { side = "b" }, nat = { behind = "a" },
		             attempts = { { from_start = true, stage = "agreed", initiator = "a", responder = "b", last = 1, nat_t = { a = true, b = true },
		                            exchanges = { { type = "IKE_SA_INIT", from = "a", sends = 1, sends_after_answer = 0, frames = { 1 }, answer = { frames = { 2 } } } } } } },
		  capture = { sees = { both_ways = "yes", icmp = "yes", frags = "no", esp = "yes", p4500 = "yes" } },
		  expect = "nothing" },
		{ name = "a large message in fragments is another matter",
		  tunnel = { attempts = { { from_start = true, floated = true, exchanges = {} } },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 5, quiet = true, icmp = 0, first = 0, last = 89, pieces = 2,
		                              ip_bytes = 2300, sport = 4500, dport = 4500, frames = { 3, 4, 5, 6, 7 } } } },
		  expect = "nothing" },
		{ name = "it never moved to 4500",
		  tunnel = { attempts = { { from_start = true, floated = false, exchanges = {} } },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 5, quiet = true, icmp = 0, first = 0, last = 89, pieces = 1,
		                              ip_bytes = 300, sport = 500, dport = 500, frames = { 3, 4, 5, 6, 7 } } } },
		  expect = "nothing" },
	},
}
