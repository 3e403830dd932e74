return rule {
	id = "cap.duplicate.span", step = "capture", severity = "info", scope = "capture",
	trigger = { "duplicates" },
	title = _"Each packet is recorded twice",
	say = {
		confirmed = _"{n} packets are recorded twice within 5 ms ({percent} percent of the file; {frames}): the mirror port sees them on their way in and on their way out. They are counted once.",
	},
	sure = { confirmed = "both copies of each packet are in the file" },
	why = _"{n} packets recorded twice",
	advise = {
		now = { _"Mirror one port, or one direction of each port." },
		verify = { _"Each IP id shows up once per packet." },
		admin = { _"Cisco: monitor session 1 source interface X both, one interface only; editcap -d removes the copies" },
	},
	references = { "editcap(1)" },
	when = function(c)
		local d = c.duplicates
		if d.share < 0.10 then return nil end
		return {
			confidence = "confirmed", culprit = "capture", frames = d.frames,
			args = { n = count(d.count), percent = string.format("%.0f", 100 * d.share), frames = frames(d.frames) },
		}
	end,
	tests = {
		{ name = "half of the file", capture = { duplicates = { count = 50, share = 0.5, frames = { 2, 4 } } }, expect = { confidence = "confirmed", culprit = "capture" } },
		{ name = "one in a hundred", capture = { duplicates = { count = 1, share = 0.01, frames = { 2 } } }, expect = "nothing" },
	},
}
