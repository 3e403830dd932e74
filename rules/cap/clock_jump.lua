return rule {
	id = "cap.clock.jump", step = "capture", severity = "low", scope = "capture",
	trigger = { "span" },
	title = _"The recorder's clock jumped",
	say = {
		confirmed = _"Time runs backwards in this recording ({n} seen: {frames}). Intervals across these frames mean nothing.",
		likely = _"The clock of the recorder went ahead by {by} ({frames}): nothing is recorded in that time, and the rhythm of the resends across it, that of {schedule}, is right without it. Intervals across these frames mean nothing. A host that slept meanwhile looks the same; its system log decides.",
	},
	sure = { confirmed = "time stamps run backwards in the file" },
	why = _"the recorder's clock jumped",
	advise = {
		now = { _"Set the clock of the recorder by NTP before the next recording." },
		verify = { _"Record again. This filter must show no frame: frame.time_delta < 0" },
		admin = { _"show ntp status; timedatectl" },
	},
	references = { "RFC 5905" },
	when = function(c)
		local j, leap = c.clock_jumps, c.clock_leaps and c.clock_leaps[1]
		if not j and leap then
			return { confidence = "likely", culprit = "capture", frames = leap.frames, at = leap.at, args = { n = count(1), by = duration(leap.by), schedule = leap.schedule, frames = frames(leap.frames) } }
		end
		if not j or j.count > c.frames / 20 then return nil end -- many small steps: files merged, or queues out of order
		return { confidence = "confirmed", culprit = "capture", frames = j.frames, args = { n = count(j.count), by = "", schedule = "", frames = frames(j.frames) } }
	end,
	tests = {
		{ name = "once", capture = { clock_jumps = { count = 1, frames = { 50 } } }, expect = { confidence = "confirmed", culprit = "capture" } },
		{ name = "ahead by an hour, between two resends", capture = { clock_leaps = { { at = 12, by = 3600, schedule = "strongSwan", frames = { 3, 4 } } } }, expect = { confidence = "likely", text_has = "strongSwan" } },
		{ name = "time goes on", capture = {}, expect = "nothing" },
		{ name = "every other frame: not a jump", capture = { frames = 100, clock_jumps = { count = 50, frames = { 50 } } }, expect = "nothing" },
	},
}
