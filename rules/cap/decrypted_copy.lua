local LEAST = 3

return rule {
	id = "cap.decrypted_copy", step = "capture", severity = "info", scope = "capture",
	trigger = { "decrypted" },
	title = _"The same traffic before and after IPsec",
	say = {
		likely = _"This recording shows traffic before and after IPsec: {n} packets in clear text come within 5 ms of an ESP packet of fitting size ({frames}). They are copies, not a leak.",
	},
	sure = { likely = "size and moment fit an ESP packet each time" },
	why = _"{n} packets are copies of ESP",
	advise = {
		now = { _"Nothing to repair: Linux shows decrypted packets on the same interface. The copies tell what travels in the tunnel." },
		verify = { _"Record again. Only the outer packets may be there: this filter must show no frame with an address from inside the tunnel: !esp && !isakmp" },
	},
	references = { "RFC 4301 5.2" },
	when = function(c)
		local d = c.decrypted
		if d.packets < LEAST then return nil end
		return { confidence = "likely", culprit = "capture", frames = d.frames, args = { n = count(d.packets), frames = frames(d.frames) } }
	end,
	tests = {
		{ name = "six copies", capture = { decrypted = { packets = 6, pairs = 1, frames = { 8 } } }, expect = { confidence = "likely", severity = "info" } },
		{ name = "one is chance", capture = { decrypted = { packets = 1, pairs = 1, frames = { 8 } } }, expect = "nothing" },
	},
}
