-- Only offset 0 carries ports: a filter on UDP 500 or 4500 drops it and lets the rest pass.
return rule {
	id = "path.frag.first_missing", step = "reachability", severity = "critical", scope = "tunnel",
	trigger = { "fragments" },
	title = _"Everything but the first fragment arrives",
	say = {
		confirmed = _"The path from {sender} discards the first fragment of IP packets: of {broken} fragmented packets only later fragments arrive ({frames}), {whole} arrive whole. A filter on UDP ports does that, as only the first fragment shows a port.",
	},
	why = _"first fragments from {sender} are lost",
	advise = {
		now = { _"Permit UDP 500 and UDP 4500 from {sender} to {receiver} in every filter on the way.", _"Until then switch on IKE fragmentation on both sides." },
		verify = { _"Connect again. This filter must show frames at {receiver}: ip.src=={sender} && ip.flags.mf==1 && ip.frag_offset==0" },
		isp = _"Please tell us which rule discards first fragments of UDP packets from {sender} to {receiver}, and let them pass. Later fragments of the same packets arrive, so that a rule for UDP 500 or 4500 is likely: only first fragments carry port numbers.",
		admin = { _"strongSwan: fragmentation = yes; IOS: crypto ikev2 fragmentation; ASA: show fragment" },
	},
	explains = { "ike.auth.no_reply", "life.half_open", "path.frag.ike_fragmented", "path.udp4500.blocked", "auth.modecfg.stall" },
	references = { "RFC 1858 2", "RFC 8900 3.4" },
	when = function(t, c)
		if c.sees.both_ways == "no" then return nil end
		for _, side in ipairs { "a", "b" } do
			local d = t.fragments[side]
			if side ~= t.vantage.side and d.first_missing >= 2 and d.first_missing > d.whole and d.first and d.last > 2 and d.first_missing >= 9 * (d.first_only + d.partial)
			   and not (t.works and t.works.since > d.last) then
				return {
					confidence = "confirmed", culprit = "path", frames = d.frames, at = d.last, filter = "ip.frag_offset>0",
					args = { sender = address(t, side), receiver = address(t, other(side)), broken = count(d.first_missing), whole = count(d.whole), frames = frames(d.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "five trains without their head",
		  tunnel = { fragments = { a = { whole = 0, first_only = 0, first_missing = 0, partial = 0 },
		                           b = { whole = 0, first_only = 0, first_missing = 5, partial = 0, first = 1, last = 40, frames = { 4, 6 } } } },
		  expect = { confidence = "confirmed", culprit = "path" } },
		{ name = "the recording begins in the middle of a train",
		  tunnel = { fragments = { a = { whole = 0, first_only = 0, first_missing = 0, partial = 0 },
		                           b = { whole = 4, first_only = 0, first_missing = 1, partial = 0, first = 0, last = 0.1, frames = { 1 } } } },
		  expect = "nothing" },
		{ name = "whole trains",
		  tunnel = { fragments = { a = { whole = 3, first_only = 0, first_missing = 0, partial = 0 }, b = { whole = 3, first_only = 0, first_missing = 0, partial = 0 } } },
		  expect = "nothing" },
	},
}
