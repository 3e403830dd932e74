-- Both ends: everything of one kind is lost for a while, again and again, at one distance in time.
return rule {
	id = "path.loss.periodic", step = "reachability", severity = "medium", scope = "ends",
	trigger = { "ways" },
	title = _"Packets are lost at regular intervals",
	say = {
		confirmed = _"The path from {sender} to {receiver} loses {class} at regular intervals: every {low} to {high} nothing arrives for {outage}, {times} times ({frames}), while {sender} goes on sending.",
	},
	why = _"{lost} from {sender} lost, every {low} to {high}",
	advise = {
		now = { _"Look for what runs at that interval on the way: a routing or session timer, a scan, a backup, a radio link that roams." },
		verify = { _"No outage in three intervals." },
		isp = _"{class} from {sender} to {receiver} is lost at regular intervals: every {low} to {high} nothing arrives for {outage}, {times} times, {lost} packets; we recorded at both ends. Which timer or job of that interval is there on the way?",
		admin = { _"Compare the times of the lost packets with logs of routing, failover and link changes" },
	},
	explains = { "data.esp.loss", "path.loss.random", "path.loss.policer", "path.loss.burst" },
	references = { "RFC 7680", "RFC 3357" },
	when = function(e, near, far)
		local NAMES = { ike_500 = "IKE (UDP 500)", ike_4500 = "IKE (UDP 4500)", esp = "ESP", esp_udp = "ESP in UDP", ah = "AH" }
		local found = {}
		for i, side in ipairs { "a", "b" } do
			for n, name in ipairs { "esp", "esp_udp", "ah", "ike_500", "ike_4500" } do
				local k = e.ways[side].classes[name]
				local p = k and not k.limit and k.shape.period
				if p and e.drops[other(side)].unsent == 0 then
					found[#found + 1] = { confidence = "confirmed", culprit = "path", frames = k.frames, at = k.last_lost,
					         args = { sender = address(e, side), receiver = address(e, other(side)), class = NAMES[name], low = duration(p.low), high = duration(p.high), outage = duration(p.outage), times = count(p.count), lost = count(k.lost, k.sent), frames = frames(k.frames) } }
				end
			end
		end
		if #found > 0 then return found end
	end,
	tests = {
		{ name = "every twenty seconds", ends = { drops = { a = { unsent = 0 }, b = { unsent = 0 } }, ways = { a = { classes = { esp = { sent = 1200, arrived = 1080, lost = 120, frames = { 3 }, last_lost = 90, shape = { period = { low = 19.975, high = 20.025, outage = 1.9, count = 6 } } } } }, b = { classes = {} } } },
		  expect = { confidence = "confirmed", culprit = "path", text_has = "6 times" } },
		{ name = "no interval", ends = { drops = { a = { unsent = 0 }, b = { unsent = 0 } }, ways = { a = { classes = { esp = { sent = 1200, arrived = 1080, lost = 120, frames = { 3 }, last_lost = 90, shape = {} } } }, b = { classes = {} } } },
		  expect = "nothing" },
		{ name = "the recorder there misses packets", ends = { drops = { a = { unsent = 0 }, b = { unsent = 7 } }, ways = { a = { classes = { esp = { sent = 1200, arrived = 1080, lost = 120, frames = { 3 }, last_lost = 90, shape = { period = { low = 19.975, high = 20.025, outage = 1.9, count = 6 } } } } }, b = { classes = {} } } },
		  expect = "nothing" },
	},
}
