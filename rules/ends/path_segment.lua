-- More than two recordings: the narrowest stretch of the path that loses packets, and loses them alone.
local LEAST = 2

return rule {
	id = "path.segment", step = "reachability", severity = "low", scope = "ends",
	trigger = { "segments" },
	title = _"Where on the way packets are lost",
	say = {
		confirmed = _"What is lost from {sender} to {receiver} is lost between the recordings {from} and {to}: {lost} packets ({classes}) pass the first and do not reach the second; {others} are lost elsewhere.",
	},
	why = _"lost between {from} and {to}",
	advise = {
		now = { _"Look at the devices between these two points, and at nothing else." },
		verify = { _"The same packets are in both recordings." },
		isp = _"Packets from {sender} to {receiver} pass the point of {from} and do not reach the point of {to}: {lost} of them. The device that discards them stands in between.",
		admin = { _"show asp drop; nft list ruleset with counters; show interface, on each device between the two points" },
	},
	references = { "RFC 7680" },
	when = function(e, near, far)
		local found = {}
		for i, side in ipairs { "a", "b" } do
			local worst, most, all, names = nil, 0, 0, {}
			for n, s in ipairs(e.segments) do
				local lost, of = 0, {}
				for name, k in pairs(s.ways[side].classes) do
					if k.lost > 0 then lost, of[#of + 1] = lost + k.lost, name end
				end
				all = all + lost
				if lost > most then worst, most, names = s, lost, of end
			end
			if worst and most >= LEAST and most >= 0.8 * all then
				local first, last = worst.from, worst.to
				if side == "b" then first, last = last, first end
				table.sort(names)
				found[#found + 1] = { confidence = "confirmed", culprit = "path", frames = e.clock.frames or {},
				                      args = { sender = address(e, side), receiver = address(e, other(side)), from = first, to = last, lost = count(most), others = count(all - most), classes = table.concat(names, ", ") } }
			end
		end
		if #found > 0 then return found end
	end,
	tests = {
		{ name = "in the second of three",
		  ends = { clock = { frames = { 1 } }, segments = { { from = "a.pcap", to = "r1.pcap", ways = { a = { classes = { esp = { sent = 100, arrived = 100, lost = 0 } } }, b = { classes = {} } } },
		                        { from = "r1.pcap", to = "r2.pcap", ways = { a = { classes = { esp = { sent = 100, arrived = 0, lost = 100 } } }, b = { classes = {} } } },
		                        { from = "r2.pcap", to = "b.pcap", ways = { a = { classes = {} }, b = { classes = {} } } } } },
		  expect = { confidence = "confirmed", text_has = "r1.pcap and r2.pcap" } },
		{ name = "nothing is lost",
		  ends = { segments = { { from = "a.pcap", to = "r1.pcap", ways = { a = { classes = { esp = { sent = 100, arrived = 100, lost = 0 } } }, b = { classes = {} } } } } },
		  expect = "nothing" },
	},
}
