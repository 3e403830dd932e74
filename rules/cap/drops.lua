local LEAST = 3

return rule {
	id = "cap.drops", step = "capture", severity = "low", scope = "capture",
	trigger = { "span" },
	title = _"The recorder lost packets",
	say = {
		confirmed = _"The recorder says that it lost {n} packets. A packet that is missing here may have passed all the same.",
		likely = _"The recorder lost packets: of what its own host sent as ESP, {n} numbers are missing ({percent} percent, {frames}). A sender counts without holes, so a packet that is missing here may have passed all the same.",
	},
	sure = {
		confirmed = "the file counts them",
		likely = "a sender counts without holes, and no path lies between it and its own recorder",
	},
	why = _"{n} packets lost by the recorder",
	advise = {
		now = { _"Record again with a filter by host and a larger buffer." },
		verify = { _"The new file reports no drops (capinfos)." },
		admin = { _"tcpdump -B 65536; dumpcap -B 64" },
	},
	explains = {},
	references = { "pcapng: Interface Statistics Block" },
	when = function(c)
		local r = c.recorder_loss
		if not c.drops and r and r.lost >= LEAST then
			return {
				confidence = "likely", culprit = "capture", frames = r.frames, args = { n = count(r.lost, r.of), percent = string.format("%.1f to %.1f", 100 * r.low, 100 * r.high), frames = frames(r.frames) },
			}
		end
		if not c.drops then return nil end
		return { confidence = "confirmed", culprit = "capture", frames = c.drops.frames or { 1 }, args = { n = count(c.drops.count), percent = "", frames = "" } }
	end,
	tests = {
		{ name = "the file counts them", capture = { drops = { count = 40 } }, expect = { confidence = "confirmed", culprit = "capture" } },
		{ name = "holes in what this host sent", capture = { recorder_loss = { lost = 18, of = 9000, low = 0.0013, high = 0.0032, frames = { 9 } } }, expect = { confidence = "likely", text_has = "18 of 9,000" } },
		{ name = "one hole: two queues of one card", capture = { recorder_loss = { lost = 1, of = 9000, low = 0, high = 0.0003, frames = { 9 } } }, expect = "nothing" },
		{ name = "none", capture = {}, expect = "nothing" },
	},
}
