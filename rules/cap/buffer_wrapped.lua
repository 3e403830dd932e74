return rule {
	id = "cap.buffer_wrapped", step = "capture", severity = "info", scope = "capture",
	trigger = { "buffer_full" },
	title = _"The recording may have overwritten its beginning",
	say = {
		possible = _"The file measures {size}, just under {limit}, and begins in the middle of a tunnel ({frames}): a circular buffer has overwritten what came before. A recording that was started late looks the same; its settings decide. What is missing before the first frame means nothing.",
	},
	why = _"buffer full, begins in mid-session",
	advise = {
		now = { _"Record again with a larger buffer, and begin before the tunnel is built." },
		verify = { _"The new recording holds the first IKE message." },
		admin = { _"ASA: capture X interface outside buffer 10000000 packet-length 1600 match ip host A host B (without circular-buffer it stops when full)" },
	},
	references = { "Cisco ASA: capture" },
	when = function(c)
		local f = c.buffer_full
		if not f.mid_session then return nil end
		return { confidence = "possible", culprit = "capture", frames = f.frames, args = { size = bytes(f.bytes), limit = bytes(f.limit), frames = frames(f.frames) } }
	end,
	tests = {
		{ name = "512 KiB, begins in mid-session", capture = { buffer_full = { bytes = 523900, limit = 524288, mid_session = true, frames = { 900 } } }, expect = { confidence = "possible", culprit = "capture", severity = "info" } },
		{ name = "holds the first message", capture = { buffer_full = { bytes = 523900, limit = 524288, mid_session = false, frames = { 900 } } }, expect = "nothing" },
	},
}
