-- Recorded at the answering end: the request is there, and nothing leaves.

return rule {
	id = "peer.silent", step = "reachability", severity = "critical", scope = "tunnel",
	trigger = { "unanswered" },
	title = _"The request arrives and is not answered",
	say = {
		confirmed = _"{responder} receives the first IKE message of {initiator} {sends} times ({frames}) and sends neither an answer nor an error. The path to {responder} is good.",
		likely = _"{responder} receives the first IKE message of {initiator} {sends} times ({frames}), and this recording holds no answer. It holds nothing else that {responder} sends either. A filter that hides what {responder} sends looks the same; a recording of both directions decides.",
	},
	why = _"arrives {sends} times, no answer leaves",
	advise = {
		now = { _"Does {responder} know {initiator}, with this IKE version and mode? Some devices refuse a stranger in silence.",
		        _"Is IKE switched on for that interface, and does a host firewall behind the capture point drop UDP {port}?" },
		verify = { _"An answer leaves {responder} after frame {first}." },
		admin = { _"ASA: show running-config crypto | include enable; tunnel-group for {initiator}; capture type asp-drop", _"strongSwan: swanctl --log --level 2; half-open limit (block_threshold)", _"Linux: ss -lunp, nft list ruleset" },
	},
	explains = { "life.half_open", "path.udp500.no_reply" },
	references = { "RFC 7296 2.1" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		local first = { IKE_SA_INIT = true, MAIN_1 = true, AGGRESSIVE_1 = true }
		local seen, example, sends, last = {}, nil, 0, 0
		for _, x in ipairs(t.unanswered) do
			if first[x.type] and x.to == t.vantage.side and x.sends >= 2 and waited(x) and x.icmp == 0 and t.attempts[x.attempt].from_start then
				example, sends, last = example or x, sends + x.sends, math.max(last, x.last)
				append(seen, x.frames)
			end
		end
		if not example then return nil end
		return {
			confidence = c.sees.both_ways == "yes" and "confirmed" or "likely", culprit = "local", frames = seen, at = last,
			severity = t.works and t.works.since > last and "medium" or nil,
			args = { initiator = address(t, example.from), responder = address(t, example.to), sends = count(sends), frames = frames(seen),
			         first = frame(example.frames[1]), port = example.dport },
		}
	end,
	tests = {
		{ name = "recorded at the responder: five arrive, none is answered",
		  tunnel = { attempts = { { from_start = true } },
		             unanswered = { { type = "IKE_SA_INIT", from = "b", to = "a", attempt = 1, sends = 5, quiet = true, icmp = 0, last = 89, dport = 500, frames = { 1, 2, 3 } } } },
		  expect = { confidence = "confirmed", culprit = "local" } },
		{ name = "the same, and its answer may be in a hole of the recording",
		  tunnel = { attempts = { { from_start = true } },
		             unanswered = { { type = "IKE_SA_INIT", from = "b", to = "a", attempt = 1, sends = 5, hole = true, quiet = false, icmp = 0, last = 89, dport = 500, frames = { 1, 2, 3 } } } },
		  expect = "nothing" },
		{ name = "nothing of this host is in the file",
		  tunnel = { attempts = { { from_start = true } },
		             unanswered = { { type = "IKE_SA_INIT", from = "b", to = "a", attempt = 1, sends = 5, quiet = true, icmp = 0, last = 89, dport = 500, frames = { 1, 2, 3 } } } },
		  capture = { sees = { both_ways = "no", icmp = "yes", frags = "yes", esp = "yes", p4500 = "yes" } },
		  expect = { confidence = "likely" } },
		{ name = "recorded at the initiator",
		  tunnel = { vantage = { side = "b" }, attempts = { { from_start = true } },
		             unanswered = { { type = "IKE_SA_INIT", from = "b", to = "a", attempt = 1, sends = 5, quiet = true, icmp = 0, last = 89, dport = 500, frames = { 1, 2, 3 } } } },
		  expect = "nothing" },
		{ name = "an ICMP error leaves",
		  tunnel = { attempts = { { from_start = true } },
		             unanswered = { { type = "IKE_SA_INIT", from = "b", to = "a", attempt = 1, sends = 5, quiet = true, icmp = 5, last = 89, dport = 500, frames = { 1, 2, 3 } } } },
		  expect = "nothing" },
		{ name = "the recording ends too early",
		  tunnel = { attempts = { { from_start = true } },
		             unanswered = { { type = "IKE_SA_INIT", from = "b", to = "a", attempt = 1, sends = 2, quiet = false, icmp = 0, last = 4, dport = 500, frames = { 1, 2 } } } },
		  expect = "nothing" },
	},
}
