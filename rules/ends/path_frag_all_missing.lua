-- Both ends: no fragment arrives, whole packets do.
-- A filter on ports at that recorder would hide these as well: of their port it has nothing at all.
local function hidden(w, first, later)
	local row = first.lost_rows and first.lost_rows[1]
	local floated = (w.ike_4500 and w.ike_4500.arrived > 0) or (w.esp_udp and w.esp_udp.arrived > 0)
	return not later.visible and row and row.port == 4500 and not floated
end

return rule {
	id = "path.frag.all_missing", step = "reachability", severity = "critical", scope = "ends",
	trigger = { "ways" },
	title = _"Packets in IP fragments vanish on the way",
	say = {
		confirmed = _"The path from {sender} discards IP fragments: {first} first and {later} later fragments leave ({frames}) and none reaches {receiver}, while {whole} whole packets do.",
		likely = _"The path from {sender} discards IP fragments: {first} first and {later} later fragments leave ({frames}) and none is in the recording at {receiver}; {whole} whole packets are.",
	},
	why = _"fragments from {sender}: none arrives",
	advise = {
		now = { _"Send the provider the text below.",
		        _"Until it is repaired: switch on IKE fragmentation on both sides, so that no IP fragments are needed." },
		verify = { _"Connect again and record at {receiver}. This filter must show frames: ip.src=={sender} && ip.frag_offset>0" },
		isp = _"Please let IP fragments pass from {sender} to {receiver}, first ones and later ones: {first} first and {later} later fragments leave the one end and none reaches the other, while {whole} whole packets do; we recorded at both. Later fragments carry no port numbers, so that a filter on ports cannot match them: permit them by the two addresses.",
		admin = { _"strongSwan: fragmentation = yes; Libreswan: fragmentation=force; IOS: crypto ikev2 fragmentation", _"ASA: show fragment, show asp drop" },
	},
	explains = { "path.message_lost", "ike.auth.no_reply", "path.frag.ike_fragmented", "life.half_open", "path.udp4500.blocked", "ike1.quick.no_reply", "auth.modecfg.stall", "auth.xauth.stall", "ike.frag.not_offered",
	             "path.pmtu.blackhole", "path.pmtu.v6", "path.frag.non_first_missing", "ike.auth_not_sent", "life.dpd.dead" },
	references = { "RFC 8900 3.9", "RFC 8900 6.3", "RFC 4787 REQ-14" },
	when = function(e, near, far)
		local arrives = false
		for i, side in ipairs { "a", "b" } do
			local w = e.ways[side].classes
			local first, later, whole, sent = w.first_fragment, w.later_fragment, 0, 0
			for n, name in ipairs { "ike_500", "ike_4500", "esp", "esp_udp" } do
				if w[name] then whole, sent = whole + w[name].arrived, sent + w[name].sent end
			end
			if first and later and first.sent >= 2 and first.arrived == 0 and later.arrived == 0 and whole > 0 and not hidden(w, first, later) then
				local sure = later.visible and first.low >= 0.5
				return { confidence = sure and "confirmed" or "likely", culprit = "path", frames = first.frames, at = first.last_lost, filter = "ip.flags.mf==1 || ip.frag_offset>0",
				         args = { sender = address(e, side), receiver = address(e, other(side)), first = count(first.lost), later = count(later.lost), whole = count(whole, sent), frames = frames(first.frames) } }
			end
			arrives = arrives or (first and (first.arrived > 0 or later and later.arrived > 0))
		end
		if arrives then return { refuted = true } end
	end,
	tests = {
		{ name = "none of five trains", ends = { ways = { a = { classes = { ike_500 = { sent = 2, arrived = 2 }, first_fragment = { sent = 5, arrived = 0, lost = 5, low = 0.57, visible = true, frames = { 3 }, last_lost = 30 }, later_fragment = { sent = 5, arrived = 0, lost = 5, visible = true } } }, b = { classes = {} } } },
		  expect = { confidence = "confirmed" } },
		{ name = "its filter may hide them", ends = { ways = { a = { classes = { ike_500 = { sent = 2, arrived = 2 }, first_fragment = { sent = 5, arrived = 0, lost = 5, low = 0.57, visible = false, frames = { 3 }, last_lost = 30 }, later_fragment = { sent = 5, arrived = 0, lost = 5, visible = false } } }, b = { classes = {} } } },
		  expect = { confidence = "likely" } },
		{ name = "that recorder has nothing of their port", ends = { ways = { a = { classes = { ike_500 = { sent = 2, arrived = 2 }, first_fragment = { sent = 5, arrived = 0, lost = 5, low = 0.57, visible = false, frames = { 3 }, last_lost = 30, lost_rows = { { port = 4500, frame = 3 } } }, later_fragment = { sent = 5, arrived = 0, lost = 5, visible = false } } }, b = { classes = {} } } },
		  expect = "nothing" },
		{ name = "those of the one arrive, those of the other do not", ends = { ways = { a = { classes = { first_fragment = { sent = 5, arrived = 5, lost = 0 }, later_fragment = { sent = 5, arrived = 5, lost = 0 } } },
		                                                                          b = { classes = { ike_500 = { sent = 2, arrived = 2 }, first_fragment = { sent = 5, arrived = 0, lost = 5, low = 0.57, visible = true, frames = { { 1, 3 } }, last_lost = 30 }, later_fragment = { sent = 5, arrived = 0, lost = 5, visible = true } } } } },
		  expect = { confidence = "confirmed", text_has = "from 203.0.113.10" } },
		{ name = "first ones arrive", ends = { ways = { a = { classes = { ike_500 = { sent = 2, arrived = 2 }, first_fragment = { sent = 5, arrived = 5, lost = 0 }, later_fragment = { sent = 5, arrived = 0, lost = 5 } } }, b = { classes = {} } } }, expect = "refuted" },
	},
}
