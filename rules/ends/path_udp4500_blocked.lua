-- Both ends: port 500 passes, port 4500 does not. Only with small packets: large ones have other reasons.
local SMALL = 576

local function small_lost(k)
	for i, s in ipairs(k.sizes) do
		if s.bytes <= SMALL and s.lost == s.sent and s.sent >= 1 then return true end
	end
end

return rule {
	id = "path.udp4500.blocked", step = "reachability", severity = "critical", scope = "ends",
	trigger = { "ways" },
	title = _"IKE starts on port 500, then dies when it moves to 4500",
	say = {
		confirmed = _"The path from {sender} to {receiver} discards UDP 4500: {lost} packets leave {sender} ({frames}) and none reaches {receiver}, while {passed} packets of UDP 500 do.",
		likely = _"The path from {sender} to {receiver} discards UDP 4500: {lost} packets leave {sender} ({frames}) while {receiver} records, and none of them is there; {passed} packets of UDP 500 are.",
	},
	why = _"UDP 4500 from {sender}: {lost} lost",
	advise = {
		now = { _"Send the provider the text below.", _"Let UDP 4500 pass in every firewall and cloud rule on the way." },
		verify = { _"Record at {receiver}. This filter must show frames: ip.src=={sender} && udp.port==4500" },
		isp = _"Please let UDP port 4500 pass from {sender} to {receiver} and back: {lost} packets leave the one end and none reaches the other, while UDP 500 between the same hosts passes in the same minute; we recorded at both. With a translator on the way IKE has to move to 4500, and ESP travels inside it.",
		admin = { _"AWS, Azure, GCP: the security group must list UDP 4500", _"ASA: crypto isakmp nat-traversal 20" },
	},
	explains = { "path.message_lost", "ike.auth.no_reply", "life.half_open", "auth.xauth.stall", "auth.silent", "path.frag.all_missing", "path.pmtu.blackhole", "ike1.quick.no_reply", "auth.modecfg.stall" },
	references = { "RFC 3947 4", "RFC 7296 2.23", "RFC 3948 2.2" },
	when = function(e, near, far)
		local passes = 0
		for i, side in ipairs { "a", "b" } do
			local w = e.ways[side].classes
			local k, five = w.ike_4500, w.ike_500
			if k and k.arrived > 0 then passes = passes + 1 end
			if k and k.sent >= 2 and k.arrived == 0 and five and five.arrived > 0 and small_lost(k) and not (w.esp_udp and w.esp_udp.arrived > 0) then
				return { confidence = k.visible and k.low >= 0.5 and "confirmed" or "likely", culprit = "path", frames = k.frames, at = k.last_lost, filter = "udp.port==4500",
				         args = { sender = address(e, side), receiver = address(e, other(side)), lost = count(k.lost, k.sent), passed = count(five.arrived), frames = frames(k.frames) } }
			end
		end
		for i, side in ipairs { "a", "b" } do
			local k = e.ways[side].classes.ike_4500
			local w = e.ways[side].classes
			if k and k.lost >= 4 and k.arrived > 0 and k.arrived <= 2 and k.last_arrived < k.first_lost and small_lost(k) and not k.limit and not (w.esp_udp and w.esp_udp.arrived > 0) then
				return { confidence = "likely", culprit = "path", frames = k.frames, at = k.last_lost, filter = "udp.port==4500",
				         args = { sender = address(e, side), receiver = address(e, other(side)), lost = count(k.lost), passed = count(w.ike_500 and w.ike_500.arrived or 0), frames = frames(k.frames) } }
			end
		end
		if passes == 2 then return { refuted = true } end
	end,
	tests = {
		{ name = "500 arrives, 4500 does not",
		  ends = { ways = { a = { classes = { ike_500 = { sent = 1, arrived = 1, lost = 0 }, ike_4500 = { sent = 5, arrived = 0, lost = 5, low = 0.57, visible = true, frames = { 5, 6 }, last_lost = 40, sizes = { { bytes = 288, sent = 5, lost = 5 } } } } }, b = { classes = {} } } },
		  expect = { confidence = "confirmed", culprit = "path" } },
		{ name = "the far recording is of that port nowhere",
		  ends = { ways = { a = { classes = { ike_500 = { sent = 1, arrived = 1, lost = 0 }, ike_4500 = { sent = 5, arrived = 0, lost = 5, low = 0.57, visible = false, frames = { 5, 6 }, last_lost = 40, sizes = { { bytes = 288, sent = 5, lost = 5 } } } } }, b = { classes = {} } } },
		  expect = { confidence = "likely" } },
		{ name = "large ones only: their size may be the reason",
		  ends = { ways = { a = { classes = { ike_500 = { sent = 1, arrived = 1, lost = 0 }, ike_4500 = { sent = 5, arrived = 0, lost = 5, low = 0.57, visible = true, frames = { 5, 6 }, last_lost = 40, sizes = { { bytes = 1420, sent = 5, lost = 5 } } } } }, b = { classes = {} } } },
		  expect = "nothing" },
		{ name = "one passes, then none",
		  ends = { ways = { b = { classes = { ike_500 = { sent = 1, arrived = 1, lost = 0 }, ike_4500 = { sent = 6, arrived = 1, lost = 5, low = 0.43, visible = true, last_arrived = 0.1, first_lost = 0.2, frames = { { 1, 6 } }, last_lost = 18, sizes = { { bytes = 108, sent = 5, lost = 5 }, { bytes = 444, sent = 1, lost = 0 } } } } }, a = { classes = { ike_4500 = { sent = 2, arrived = 2, lost = 0 } } } } },
		  expect = { confidence = "likely", culprit = "path" } },
		{ name = "both ways it passes",
		  ends = { ways = { a = { classes = { ike_4500 = { sent = 5, arrived = 5, lost = 0 } } }, b = { classes = { ike_4500 = { sent = 5, arrived = 5, lost = 0 } } } } },
		  expect = "refuted" },
	},
}
