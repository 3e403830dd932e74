-- Both ends: all that leaves arrives. Numbers that are missing all the same were missing before, or stand in a larger packet.
local PACKETS, LOST, SHARE = 20, 2, 0.005

-- Numbers that the sender's own recording lacks, too.
local function unsent(t, side)
	local lost, all, seen = 0, 0, {}
	for i, f in ipairs(t and t.flows or {}) do
		if f.from == side then
			lost, all = lost + f.lost, all + f.packets + f.lost
			seen[#seen + 1] = f.first_frame
			seen[#seen + 1] = f.last_frame
		end
	end
	if lost >= LOST and lost >= SHARE * all then return lost, all, seen end
end

return rule {
	id = "data.esp.loss", step = "data", severity = "low", scope = "ends",
	trigger = { "ways" },
	title = _"ESP packets are missing",
	say = {
		possible = _"Numbers of ESP packets from {sender} are missing as they leave: {lost} of {all} ({frames}). The path loses none of what leaves. Either {sender} discards packets after it has numbered them, or its recorder shows several as one or misses some; the counters of {sender} decide.",
	},
	why = _"{lost} of {all} missing as they leave {sender}",
	advise = {
		now = { _"Look at the queues of {sender}: packets may be discarded there after encryption." },
		verify = { _"The sequence numbers of {sender} rise without gaps in its own recording." },
		admin = { _"Linux: tc -s qdisc, ip -s xfrm state, ethtool -k" },
	},
	references = { "RFC 4303 2.2" },
	when = function(e, near, far)
		local clean, found = 0, {}
		for i, side in ipairs { "a", "b" } do
			local sent, lost = 0, 0
			for n, name in ipairs { "esp", "esp_udp", "ah" } do
				local k = e.ways[side].classes[name]
				sent, lost = sent + (k and k.sent or 0), lost + (k and k.lost or 0)
			end
			if lost > 0 then return nil end
			clean = clean + (sent >= PACKETS and 1 or 0)
			local gone, all, seen = unsent(side == "a" and near or side == "b" and far or nil, side)
			if gone and sent >= PACKETS and e.drops[side].unsent == 0 then
				found[#found + 1] = { confidence = "possible", culprit = side == "a" and "local" or "peer", frames = seen, filter = "esp",
				         args = { sender = address(e, side), lost = count(gone), all = count(all), frames = frames(seen) } }
			end
		end
		if #found > 0 then return found end
		if clean == 2 then return { refuted = true } end
	end,
	tests = {
		{ name = "all arrive both ways", ends = { ways = { a = { classes = { esp = { sent = 400, arrived = 400, lost = 0 } } }, b = { classes = { esp = { sent = 400, arrived = 400, lost = 0 } } } } }, expect = "refuted" },
		{ name = "gaps as they leave", near = { flows = { { from = "a", packets = 360, lost = 40, first_frame = 7, last_frame = 900 } } },
		  ends = { drops = { a = { unsent = 0 }, b = { unsent = 0 } }, ways = { a = { classes = { esp = { sent = 360, arrived = 360, lost = 0 } } }, b = { classes = {} } } },
		  expect = { confidence = "possible", culprit = "local", text_has = "40 of 400" } },
		{ name = "its recorder missed them", near = { flows = { { from = "a", packets = 360, lost = 40, first_frame = 7, last_frame = 900 } } },
		  ends = { drops = { a = { unsent = 40 }, b = { unsent = 0 } }, ways = { a = { classes = { esp = { sent = 360, arrived = 360, lost = 0 } } }, b = { classes = {} } } },
		  expect = "nothing" },
		{ name = "some are lost", ends = { ways = { a = { classes = { esp = { sent = 400, arrived = 390, lost = 10 } } }, b = { classes = { esp = { sent = 400, arrived = 400, lost = 0 } } } } }, expect = "nothing" },
		{ name = "one direction only is known", ends = { ways = { a = { classes = { esp = { sent = 400, arrived = 400, lost = 0 } } }, b = { classes = {} } } }, expect = "nothing" },
	},
}
