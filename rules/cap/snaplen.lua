return rule {
	id = "cap.snaplen", step = "capture", severity = "info", scope = "capture",
	trigger = { "cut" },
	title = _"Packets are cut",
	say = {
		confirmed = _"Packets are recorded shorter than they were, down to {shortest}: {n}, of which {ike} carry IKE ({frames}). What stood behind the cut is lost; the true length is known.",
	},
	sure = { confirmed = "the file tells both lengths of each packet" },
	why = _"{n} packets cut",
	advise = {
		now = { _"Record again with full packets." },
		verify = { _"Record again. This filter must show no frame: frame.cap_len < frame.len" },
		admin = { _"tcpdump -s0; ASA: capture X packet-length 1600; Wireshark: no snapshot length" },
	},
	references = { "tcpdump(8)" },
	when = function(c)
		local u = c.cut
		return {
			confidence = "confirmed", culprit = "capture", frames = u.frames, severity = u.ike > 0 and "low" or nil, filter = "frame.cap_len < frame.len",
			args = { n = count(u.count), ike = count(u.ike), shortest = bytes(u.shortest), frames = frames(u.frames) },
		}
	end,
	tests = {
		{ name = "IKE cut at 96", capture = { cut = { count = 20, ike = 4, shortest = 96, frames = { 1, 2 } } }, expect = { confidence = "confirmed", severity = "low" } },
		{ name = "ESP cut only", capture = { cut = { count = 20, ike = 0, shortest = 96, frames = { 1, 2 } } }, expect = { severity = "info" } },
		{ name = "whole packets", capture = {}, expect = "nothing" },
	},
}
