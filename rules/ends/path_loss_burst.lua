-- Both ends: everything of one kind is lost for a while, and passes again. One time, or at no regular distance.
local LONGEST, WHOLE, TIMES, SHORT = 10, 0.9, 4, 0.1

return rule {
	id = "path.loss.burst", step = "reachability", severity = "medium", scope = "ends",
	trigger = { "ways" },
	title = _"Nothing arrives for a while, then it passes again",
	say = {
		confirmed = _"From {since} on nothing of {class} from {sender} arrives at {receiver} for {outage}, then it passes again: {lost} packets are lost on the way ({frames}), up to {longest} in a row.",
	},
	why = _"{lost} from {sender} lost in one go",
	advise = {
		now = { _"Compare the time with logs of the line: a link that went down, a failover, a route that changed." },
		verify = { _"No such outage in a new comparison." },
		isp = _"From {since} on nothing of {class} from {sender} reached {receiver} for {outage}: {lost} packets; before and after it passes; we recorded at both ends. What happened on the way at that time?",
		admin = { _"show logging around that time; show interface (carrier transitions)" },
	},
	explains = { "data.esp.loss", "path.loss.random" },
	references = { "RFC 7680", "RFC 3357" },
	when = function(e, near, far)
		local NAMES = { esp = "ESP", esp_udp = "ESP in UDP", ah = "AH" }
		for i, side in ipairs { "a", "b" } do
			for n, name in ipairs { "esp", "esp_udp", "ah" } do
				local k = e.ways[side].classes[name]
				local o = k and not k.limit and not k.shape.period and not k.shape.stop and k.shape.outage
				-- a sender that pauses with the outage may have run into a rate: a rule of its own
				if o and o.times < TIMES and k.shape.longest >= LONGEST and o.lost >= WHOLE * k.lost and o.pause <= SHORT * o.length and e.drops[other(side)].unsent == 0 and #e.nat[other(side)] == 0 then
					return { confidence = "confirmed", culprit = "path", frames = k.frames, at = k.last_lost,
					         args = { sender = address(e, side), receiver = address(e, other(side)), class = NAMES[name], since = time(o.since), outage = duration(o.length), longest = count(k.shape.longest), lost = count(k.lost, k.sent), frames = frames(k.frames) } }
				end
			end
		end
	end,
	tests = {
		{ name = "fifty in a row", ends = { nat = { a = {}, b = {} }, drops = { a = { unsent = 0 }, b = { unsent = 0 } }, ways = { a = { classes = { esp = { sent = 1200, arrived = 1150, lost = 50, frames = { 3 }, last_lost = 40, shape = { longest = 50, outage = { times = 1, lost = 50, since = 35, length = 5, pause = 0.1 } } } } }, b = { classes = {} } } },
		  expect = { confidence = "confirmed", culprit = "path" } },
		{ name = "the sender pauses then: a rate may be it", ends = { nat = { a = {}, b = {} }, drops = { a = { unsent = 0 }, b = { unsent = 0 } }, ways = { a = { classes = { esp = { sent = 1200, arrived = 1150, lost = 50, frames = { 3 }, last_lost = 40, shape = { longest = 50, outage = { times = 1, lost = 50, since = 35, length = 5, pause = 4 } } } } }, b = { classes = {} } } },
		  expect = "nothing" },
		{ name = "most are lost one by one", ends = { nat = { a = {}, b = {} }, drops = { a = { unsent = 0 }, b = { unsent = 0 } }, ways = { a = { classes = { esp = { sent = 1200, arrived = 1050, lost = 150, frames = { 3 }, last_lost = 40, shape = { longest = 50, outage = { times = 1, lost = 50, since = 35, length = 5, pause = 0.1 } } } } }, b = { classes = {} } } },
		  expect = "nothing" },
	},
}
