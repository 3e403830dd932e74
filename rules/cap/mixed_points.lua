local TWINS = 3

return rule {
	id = "cap.mixed_points", step = "capture", severity = "info", scope = "capture",
	trigger = { "span" },
	title = _"Several points of recording in one file",
	say = {
		confirmed = _"This file holds {n} interfaces ({frames}): one packet may be in it more than once, at different points of its way.",
		likely = _"This file holds both sides of a router: {n} packets are recorded a second time with one hop less ({frames}). They are counted once.",
	},
	sure = {
		confirmed = "the file names its interfaces",
		likely = "the same packet, one hop less: nothing but a router does that",
	},
	why = _"several interfaces in one file",
	advise = {
		now = { _"Look at one interface at a time when you count packets by hand." },
		verify = { _"Record again on one interface. This filter must show no frame: frame.interface_id>0" },
		admin = { _"tshark -Y frame.interface_id==0 -w ONE FILE; tcpdump -i IF instead of -i any" },
	},
	references = { "pcapng: Interface Description Block" },
	when = function(c)
		if c.interfaces and c.interfaces.count >= 2 then
			return { confidence = "confirmed", culprit = "capture", frames = c.interfaces.frames, args = { n = count(c.interfaces.count), frames = frames(c.interfaces.frames) } }
		end
		if c.hop_twins and c.hop_twins.count >= TWINS then
			return { confidence = "likely", culprit = "capture", frames = c.hop_twins.frames, args = { n = count(c.hop_twins.count), frames = frames(c.hop_twins.frames) } }
		end
	end,
	tests = {
		{ name = "two interfaces", capture = { interfaces = { count = 2, frames = { 1, 5 } } }, expect = { confidence = "confirmed", culprit = "capture", severity = "info" } },
		{ name = "both sides of a router", capture = { hop_twins = { count = 9, frames = { 2, 4 } } }, expect = { confidence = "likely" } },
		{ name = "one interface", capture = {}, expect = "nothing" },
	},
}
