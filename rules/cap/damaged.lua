return rule {
	id = "cap.damaged", step = "capture", severity = "low", scope = "capture",
	trigger = { "damaged" },
	title = _"The file is damaged or cut off",
	say = { confirmed = _"The file could not be read whole; {frame} is the last good frame. What comes after it is not judged." },
	sure = { confirmed = "the file itself" },
	why = _"file damaged after {frame}",
	advise = {
		now = { _"Copy the file again from the device, in binary mode, after the recording has ended." },
		verify = { _"capinfos reads it without a complaint." },
		admin = { _"ASA: copy /pcap capture:X tftp:" },
	},
	references = { "pcap-savefile(5)" },
	when = function(c)
		return { confidence = "confirmed", culprit = "capture", frames = { c.damaged.frame }, args = { frame = frame(c.damaged.frame) } }
	end,
	tests = {
		{ name = "cut inside a record", capture = { damaged = { count = 1, frame = 77 } }, expect = { confidence = "confirmed", culprit = "capture" } },
		{ name = "whole", capture = {}, expect = "nothing" },
	},
}
