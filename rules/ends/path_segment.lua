-- More than two recordings: the narrowest stretch of the path that loses packets, and loses them alone.
local LEAST = 2

-- Frames of the packets that the whole way lost, of the first of these classes that has any.
local function lost_frames(e, side, names)
	for i, name in ipairs(names) do
		local k = e.ways and e.ways[side].classes[name]
		if k and k.frames then return k.frames end
	end
	return e.clock.frames or {}
end

return rule {
	id = "path.segment", step = "reachability", severity = "low", scope = "ends",
	trigger = { "segments" },
	title = _"Where on the way packets are lost",
	say = {
		confirmed = _"The packets of {sender} are lost between {from} and {to}: {lost} ({classes}) are in the first of these recordings and not in the second; elsewhere {others} are lost.",
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
		local NAMES = { ike_500 = "IKE (UDP 500)", ike_4500 = "IKE (UDP 4500)", esp = "ESP", esp_udp = "ESP in UDP", ah = "AH", tcp = "TCP", icmp = "ICMP", echo = "ICMP echo", first_fragment = _"first IP fragments", later_fragment = _"later IP fragments", keepalive = _"NAT keepalives" }
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
				local told = {}
				table.sort(names)
				for n, name in ipairs(names) do told[n] = NAMES[name] end
				found[#found + 1] = { confidence = "confirmed", culprit = "path", frames = lost_frames(e, side, names),
				                      args = { sender = address(e, side), receiver = address(e, other(side)), from = first, to = last, lost = count(most), others = count(all - most), classes = table.concat(told, ", ") } }
			end
		end
		if #found > 0 then return found end
	end,
	tests = {
		{ name = "in the second of three",
		  ends = { clock = { frames = { 1 } }, segments = { { from = "a.pcap", to = "r1.pcap", ways = { a = { classes = { esp = { sent = 100, arrived = 100, lost = 0 } } }, b = { classes = {} } } },
		                        { from = "r1.pcap", to = "r2.pcap", ways = { a = { classes = { esp = { sent = 100, arrived = 0, lost = 100 } } }, b = { classes = {} } } },
		                        { from = "r2.pcap", to = "b.pcap", ways = { a = { classes = {} }, b = { classes = {} } } } } },
		  expect = { confidence = "confirmed", text_has = "between r1.pcap and r2.pcap" } },
		{ name = "nothing is lost",
		  ends = { segments = { { from = "a.pcap", to = "r1.pcap", ways = { a = { classes = { esp = { sent = 100, arrived = 100, lost = 0 } } }, b = { classes = {} } } } } },
		  expect = "nothing" },
	},
}
