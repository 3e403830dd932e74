-- Both ends: how far the two clocks are apart.
local OFFSET, SKEW = 0.05, 50

return rule {
	id = "cap.clock.offset", step = "capture", severity = "info", scope = "ends",
	trigger = { "clock" },
	title = _"The two recorders disagree on the time",
	say = {
		confirmed = _"The clock of the recorder at {b} is {offset} {way} that at {a}, give or take {error} ({pairs} packets in both recordings say so){drift}. Times in this report are those of {a}.",
		likely = _"The clock of the recorder at {b} seems {offset} {way} that at {a}: packets in one direction only say so, and the time on the way is in it. Times in this report are those of {a}.",
	},
	why = _"clocks {offset} apart",
	advise = {
		now = { _"Tell the provider whose clock a time is of." },
		verify = { _"Both clocks are synchronised by NTP before the next recording." },
		admin = { _"show ntp status; timedatectl", _"An ASA writes local time without its zone: whole hours apart are a time zone" },
	},
	references = { "RFC 5905" },
	when = function(e, near, far)
		local k, AHEAD, BEHIND, NONE = e.clock, _"ahead of", _"behind", ""
		local skewed = k.skew and math.abs(k.skew) >= SKEW
		if k.known == "none" or not skewed and math.abs(k.offset) <= math.max(OFFSET, 2 * (k.error or 0)) then return nil end
		return { confidence = k.known == "both" and "confirmed" or "likely", culprit = "capture", frames = {},
		         args = { a = address(e, "a"), b = address(e, "b"), offset = duration(math.abs(k.offset)), way = k.offset > 0 and AHEAD or BEHIND, error = duration(k.error or 0), pairs = count(k.pairs),
		                  drift = skewed and string.format(", %.0f ppm", k.skew) or NONE } }
	end,
	tests = {
		{ name = "an hour and 20 seconds ahead", ends = { clock = { known = "both", offset = 3600.02, error = 0.032, floor = 0.064, pairs = 50 } }, expect = { confidence = "confirmed", text_has = "ahead of" } },
		{ name = "one direction", ends = { clock = { known = "one", offset = -70, pairs = 5 } }, expect = { confidence = "likely", text_has = "behind" } },
		{ name = "in step", ends = { clock = { known = "both", offset = 0.001, error = 0.01, floor = 0.02, pairs = 50 } }, expect = "nothing" },
	},
}
