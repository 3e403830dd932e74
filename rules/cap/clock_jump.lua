return rule {
	id = "cap.clock.jump", step = "capture", severity = "low", scope = "capture",
	trigger = { "clock_jumps" },
	title = _"The recorder's clock jumped",
	say = { confirmed = _"Time runs backwards in this recording ({n} seen: {frames}). Intervals across these frames mean nothing." },
	why = _"time runs backwards",
	advise = {
		now = { _"Set the clock of the recorder by NTP before the next recording." },
		verify = { _"No frame is older than the one before it. Filter: frame.time_delta < 0" },
		admin = { _"show ntp status; timedatectl" },
	},
	references = { "RFC 5905" },
	when = function(c)
		local j = c.clock_jumps
		if j.count > c.frames / 20 then return nil end -- many small steps: files merged, or queues out of order
		return { confidence = "confirmed", culprit = "capture", frames = j.frames, args = { n = count(j.count), frames = frames(j.frames) } }
	end,
	tests = {
		{ name = "once", capture = { clock_jumps = { count = 1, frames = { 50 } } }, expect = { confidence = "confirmed", culprit = "capture" } },
		{ name = "every other frame: not a jump", capture = { frames = 100, clock_jumps = { count = 50, frames = { 50 } } }, expect = "nothing" },
	},
}
