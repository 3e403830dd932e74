-- Both ends: the difference between the clocks changes at once.
return rule {
	id = "cap.clock.jump", step = "capture", severity = "low", scope = "ends",
	trigger = { "clock" },
	title = _"A recorder's clock jumped",
	say = {
		confirmed = _"One of the two recorders' clocks was set while recording: from {frames} on they are {by} further apart. Times in this report allow for it.",
	},
	why = _"a clock jumped by {by}",
	advise = {
		now = { _"Set the clocks of the recorders by NTP before the next recording." },
		verify = { _"The difference of the clocks is the same throughout." },
		admin = { _"show ntp status; timedatectl" },
	},
	references = { "RFC 5905" },
	when = function(e, near, far)
		local j = e.clock.jumps[1]
		if j then
			return { confidence = "confirmed", culprit = "capture", frames = { j.frame }, at = j.at, args = { by = duration(math.abs(j.by)), frames = frames { j.frame } } }
		end
	end,
	tests = {
		{ name = "by a minute", ends = { clock = { known = "both", offset = 0, jumps = { { at = 20, by = 60, capture = 1, frame = { 1, 44 } } } } }, expect = { confidence = "confirmed" } },
		{ name = "never", ends = { clock = { known = "both", offset = 0, jumps = {} } }, expect = "nothing" },
	},
}
