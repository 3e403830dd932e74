-- Both ends: first messages leave one end, and the other, which records, has none of them.
local FIRST = { IKE_SA_INIT = true, MAIN_1 = true, AGGRESSIVE_1 = true }

return rule {
	id = "path.udp500.blocked_outbound", step = "reachability", severity = "critical", scope = "ends",
	trigger = { "ways", "exchanges" },
	title = _"The request leaves this site and never reaches the other",
	say = {
		confirmed = _"The path from {sender} to {receiver} discards IKE: {lost} packets to UDP 500 leave {sender} ({frames}) and do not reach {receiver}, which was recording.",
		likely = _"The path from {sender} to {receiver} discards IKE: {lost} packets to UDP 500 leave {sender} ({frames}), and the recording at {receiver} has none of them. It holds nothing of {sender} that would show that its filter lets them through.",
	},
	why = _"{lost} first messages are lost on the way",
	advise = {
		now = { _"Send the provider the text below.",
		        _"Check the border of {receiver} itself: a cloud security group or access list in front of the recorder hides them as well." },
		verify = { _"Record at {receiver}. This filter must show frames: ip.src=={sender} && udp.port==500" },
		isp = _"Please let UDP port 500 pass from {sender} to {receiver}, or tell us on which hop it ends, and which filter or scrubbing rule matches it, with its last change: {lost} packets leave the one end and none reaches the other; we recorded at both.",
		admin = { _"Cloud: security group, network ACL and gateway policy must list UDP 500 and 4500 and IP protocol 50", _"traceroute -U -p 500 {receiver}, and the same with another port" },
	},
	explains = { "path.message_lost", "path.udp500.no_reply", "life.half_open", "cap.starts_late", "cap.ends_early", "life.dpd.dead", "ike.init.too_large" },
	references = { "RFC 7296 2.1", "RFC 7296 3.1" },
	when = function(e, near, far)
		local reaches = false
		for i, side in ipairs { "a", "b" } do
			local k = e.ways[side].classes.ike_500
			local asked, seen, last, reached = 0, nil, 0, false
			for n, x in ipairs(e.exchanges) do
				if FIRST[x.type] and x.from == side and x.icmp == 0 and x.from_start then
					reached = reached or x.arrived > 0 or x.partly > 0
					if x.arrived == 0 and x.partly == 0 and x.sent >= 2 then asked, seen, last = asked + x.sent, seen or x.frames, math.max(last, x.last) end
				end
			end
			if k and asked >= 3 and not reached and k.arrived == 0 and k.lost >= 3 then
				local sure = k.visible and e.joined ~= "claimed" and k.low >= 0.5
				return { confidence = sure and "confirmed" or "likely", culprit = "path", frames = k.frames or seen, at = last, filter = "udp.port==500",
				         args = { sender = address(e, side), receiver = address(e, other(side)), lost = count(k.lost, k.sent), frames = frames(k.frames or seen) } }
			end
			reaches = reaches or reached
		end
		if reaches then return { refuted = true } end
	end,
	tests = {
		{ name = "five leave, none arrives",
		  ends = { exchanges = { { type = "IKE_SA_INIT", from = "a", sent = 5, arrived = 0, partly = 0, icmp = 0, from_start = true, last = 40, frames = { 1, 2 } } },
		           ways = { a = { classes = { ike_500 = { sent = 5, arrived = 0, lost = 5, low = 0.57, visible = true, frames = { 1, 2, 3 } } } }, b = { classes = {} } } },
		  expect = { confidence = "confirmed", culprit = "path", text_has = "5 of 5" } },
		{ name = "its filter may hide them",
		  ends = { exchanges = { { type = "IKE_SA_INIT", from = "a", sent = 5, arrived = 0, partly = 0, icmp = 0, from_start = true, last = 40, frames = { 1, 2 } } },
		           ways = { a = { classes = { ike_500 = { sent = 5, arrived = 0, lost = 5, low = 0.57, visible = false, frames = { 1, 2, 3 } } } }, b = { classes = {} } } },
		  expect = { confidence = "likely" } },
		{ name = "they arrive",
		  ends = { exchanges = { { type = "IKE_SA_INIT", from = "a", sent = 5, arrived = 5, partly = 0, icmp = 0, from_start = true, last = 40, frames = { 1, 2 } } },
		           ways = { a = { classes = { ike_500 = { sent = 5, arrived = 5, lost = 0, low = 0, visible = true } } }, b = { classes = {} } } },
		  expect = "refuted" },
		{ name = "a router says why",
		  ends = { exchanges = { { type = "IKE_SA_INIT", from = "a", sent = 5, arrived = 0, partly = 0, icmp = 5, from_start = true, last = 40, frames = { 1, 2 } } },
		           ways = { a = { classes = { ike_500 = { sent = 5, arrived = 0, lost = 5, low = 0.57, visible = true, frames = { 1, 2, 3 } } } }, b = { classes = {} } } },
		  expect = "nothing" },
	},
}
