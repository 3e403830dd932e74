-- Both ends: the first message arrives, and nothing leaves.
local FIRST = { IKE_SA_INIT = true, MAIN_1 = true, AGGRESSIVE_1 = true }

return rule {
	id = "peer.silent", step = "reachability", severity = "critical", scope = "ends",
	trigger = { "exchanges" },
	title = _"The request arrives and is not answered",
	say = {
		confirmed = _"{responder} gets the first IKE message of {initiator} and does not answer: {arrived} of {sent} requests arrive ({frames}), and neither an answer nor an error leaves. The path to {responder} is good.",
	},
	why = _"arrives {arrived} times, no answer leaves",
	advise = {
		now = { _"Does {responder} know {initiator}, with this IKE version and mode? Some devices refuse a stranger in silence.",
		        _"Is IKE switched on for that interface, and does a host firewall behind the recorder drop UDP 500?" },
		verify = { _"An answer leaves {responder} after frame {first}." },
		admin = { _"ASA: show running-config crypto | include enable; tunnel-group for {initiator}; capture type asp-drop", _"strongSwan: swanctl --log --level 2; half-open limit (block_threshold)", _"Linux: ss -lunp, nft list ruleset" },
	},
	explains = { "path.udp500.no_reply", "life.half_open", "cap.ends_early" },
	references = { "RFC 7296 2.1" },
	when = function(e, near, far)
		local sent, arrived, seen, last, from = 0, 0, {}, 0, nil
		for i, x in ipairs(e.exchanges) do
			if FIRST[x.type] and x.expects_answer and x.arrived >= 2 and x.answers == 0 and x.answers_arrived == 0 and x.icmp == 0 and (x.quiet or x.last - x.first >= 6) then
				sent, arrived, last, from = sent + x.sends, arrived + x.arrived, math.max(last, x.last), from or x.from
				for n, f in ipairs(x.there_frames or x.frames) do seen[#seen + 1] = f end
			end
		end
		if not from or arrived < 3 or e.sees[other(from)].both_ways ~= "yes" then return nil end
		-- no router between the two recordings: both may have been made beside the one who asks
		local hops = e.ways[from] and e.ways[from].hops
		if hops and hops.max == 0 then return nil end
		return { confidence = "confirmed", culprit = from == "a" and "peer" or "local", frames = seen, at = last,
		         args = { responder = address(e, other(from)), initiator = address(e, from), arrived = count(arrived), sent = count(sent), frames = frames(seen), first = frame(seen[1]) } }
	end,
	tests = {
		{ name = "five arrive, nothing leaves",
		  ends = { exchanges = { { type = "IKE_SA_INIT", from = "a", expects_answer = true, sends = 5, arrived = 5, answers = 0, answers_arrived = 0, icmp = 0, first = 0, last = 40, frames = { 1 }, there_frames = { { 1, 3 } } } } },
		  expect = { confidence = "confirmed", culprit = "peer" } },
		{ name = "both recorded beside the one who asks",
		  ends = { ways = { a = { hops = { min = 0, max = 0, changes = 0 } } }, exchanges = { { type = "IKE_SA_INIT", from = "a", expects_answer = true, sends = 5, arrived = 5, answers = 0, answers_arrived = 0, icmp = 0, first = 0, last = 40, frames = { 1 }, there_frames = { { 1, 3 } } } } },
		  expect = "nothing" },
		{ name = "an error leaves",
		  ends = { exchanges = { { type = "IKE_SA_INIT", from = "a", expects_answer = true, sends = 5, arrived = 5, answers = 0, answers_arrived = 0, icmp = 5, first = 0, last = 40, frames = { 1 }, there_frames = { { 1, 3 } } } } },
		  expect = "nothing" },
	},
}
