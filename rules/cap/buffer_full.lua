return rule {
	id = "cap.buffer_full", step = "capture", severity = "info", scope = "capture",
	trigger = { "buffer_full" },
	title = _"The recording stopped because its buffer was full",
	say = {
		likely = _"The recording stopped because its buffer was full: the file measures {size}, just under {limit}, and ends at full rate ({frames}). What came afterwards is not in it.",
	},
	sure = { likely = "just under the size of a usual buffer, and at full rate up to the last packet" },
	why = _"buffer full",
	advise = {
		now = { _"Record again with a larger or circular buffer, or with a narrower filter by host." },
		verify = { _"The new file stays well below the size of its buffer." },
		admin = { _"ASA: capture X buffer 10000000 circular-buffer; tcpdump -C, -W" },
	},
	references = { "Cisco ASA: capture" },
	when = function(c)
		local f = c.buffer_full
		return { confidence = "likely", culprit = "capture", frames = f.frames, args = { size = bytes(f.bytes), limit = bytes(f.limit), frames = frames(f.frames) } }
	end,
	tests = {
		{ name = "512 KiB, still busy", capture = { buffer_full = { bytes = 523900, limit = 524288, frames = { 900 } } }, expect = { confidence = "likely", culprit = "capture" } },
		{ name = "another size", capture = {}, expect = "nothing" },
	},
}
