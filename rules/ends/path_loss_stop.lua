-- Both ends: data arrives, and from one moment on none of it does.
local LOST, BEFORE, STRAY = 10, 5, 1.1

-- Does that recording still have other packets of the sender after this moment?
local function still_heard(w, since)
	for name, k in pairs(w) do
		if k.arrived > 0 and k.last_arrived and k.last_arrived > since then return true end
	end
	return false
end

return rule {
	id = "path.loss.stop", step = "reachability", severity = "critical", scope = "ends",
	trigger = { "ways" },
	title = _"Data passes, and from one moment on it does not",
	say = {
		confirmed = _"From {since} on the path from {sender} to {receiver} discards {class}: {lost} packets leave ({frames}) and none arrives, though {arrived} did before, and other packets of {sender} arrive there still.",
		likely = _"From {since} on the path from {sender} to {receiver} discards {class}: {lost} packets leave ({frames}) and the recording at {receiver} has none of them, though it has the {arrived} before.",
	},
	why = _"nothing from {sender} arrives from {since} on",
	advise = {
		now = { _"Send the provider the text below: the moment says which change, fault or session entry to look for.",
		        _"Look whether the recorder at {receiver} still had both directions: a mirror port that lost one looks the same." },
		verify = { _"{class} shows at {receiver} again." },
		isp = _"Since {since} {class} from {sender} to {receiver} is lost on the way: {lost} packets leave the one end and none reaches the other, while it passed before; we recorded at both. What was changed, rerouted or filtered at that time?",
		admin = { _"Firewalls on the way: session table and drop counters for both addresses at {since}" },
	},
	explains = { "data.esp.one_way", "data.esp.none", "data.esp.loss", "data.esp.large_lost", "life.dpd.dead", "path.loss.random", "path.loss.policer" },
	references = { "RFC 7680" },
	when = function(e, near, far)
		local NAMES = { esp = "ESP", esp_udp = "ESP in UDP", ah = "AH" }
		for i, side in ipairs { "a", "b" } do
			for n, name in ipairs { "esp", "esp_udp", "ah" } do
				local w = e.ways[side].classes
				local k, receiver = w[name], other(side)
				local s = k and k.shape.stop
				-- what a translator in front of the receiver forgot, and what a size divides, have rules of their own
				if s and s.lost >= LOST and k.arrived >= BEFORE and k.lost <= STRAY * s.lost and k.visible and not k.limit and #e.nat[receiver] == 0 and e.drops[receiver].unsent == 0 and e.clock.known ~= "none" then
					return { confidence = still_heard(w, s.since) and "confirmed" or "likely", culprit = "path", frames = k.frames, at = k.last_lost,
					         args = { sender = address(e, side), receiver = address(e, receiver), class = NAMES[name], since = time(s.since), lost = count(s.lost), arrived = count(k.arrived), frames = frames(k.frames) } }
				end
			end
		end
	end,
	tests = {
		{ name = "fifty pass, then none", ends = { clock = { known = "both" }, nat = { a = {}, b = {} }, drops = { a = { unsent = 0 }, b = { unsent = 0 } }, ways = { a = { classes = { esp = { sent = 250, arrived = 50, lost = 200, visible = true, frames = { 3 }, last_arrived = 29, last_lost = 70, shape = { stop = { lost = 200, before = 29, since = 30 } } } } }, b = { classes = {} } } },
		  expect = { confidence = "likely", culprit = "path" } },
		{ name = "IKE of the same sender arrives later", ends = { clock = { known = "both" }, nat = { a = {}, b = {} }, drops = { a = { unsent = 0 }, b = { unsent = 0 } }, ways = { a = { classes = { ike_500 = { sent = 3, arrived = 3, lost = 0, last_arrived = 50 }, esp = { sent = 250, arrived = 50, lost = 200, visible = true, frames = { 3 }, last_arrived = 29, last_lost = 70, shape = { stop = { lost = 200, before = 29, since = 30 } } } } }, b = { classes = {} } } },
		  expect = { confidence = "confirmed" } },
		{ name = "the last three of many", ends = { clock = { known = "both" }, nat = { a = {}, b = {} }, drops = { a = { unsent = 0 }, b = { unsent = 0 } }, ways = { a = { classes = { esp = { sent = 53, arrived = 50, lost = 3, visible = true, frames = { 3 }, last_arrived = 29, last_lost = 31, shape = { stop = { lost = 3, before = 29, since = 30 } } } } }, b = { classes = {} } } },
		  expect = "nothing" },
		{ name = "a translator before the receiver", ends = { clock = { known = "both" }, nat = { a = {}, b = { { inside = {}, outside = {} } } }, drops = { a = { unsent = 0 }, b = { unsent = 0 } }, ways = { a = { classes = { esp_udp = { sent = 250, arrived = 50, lost = 200, visible = true, frames = { 3 }, last_arrived = 29, last_lost = 70, shape = { stop = { lost = 200, before = 29, since = 30 } } } } }, b = { classes = {} } } },
		  expect = "nothing" },
		{ name = "the recorder there misses packets", ends = { clock = { known = "both" }, nat = { a = {}, b = {} }, drops = { a = { unsent = 0 }, b = { unsent = 9 } }, ways = { a = { classes = { esp = { sent = 250, arrived = 50, lost = 200, visible = true, frames = { 3 }, last_arrived = 29, last_lost = 70, shape = { stop = { lost = 200, before = 29, since = 30 } } } } }, b = { classes = {} } } },
		  expect = "nothing" },
	},
}
