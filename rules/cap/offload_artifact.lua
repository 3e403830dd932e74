local LEAST = 3

return rule {
	id = "cap.offload.artifact", step = "capture", severity = "info", scope = "capture",
	trigger = { "offload" },
	title = _"Sizes or checksums are those of the host, not of the wire",
	say = {
		confirmed = _"All {bad} checked packets of {from} have a wrong checksum: its network card computes it behind the recorder. That is no damage.",
		likely = _"{of} seems to send packets larger than any wire takes ({oversize} seen: {frames}): its network card cuts them behind the recorder, or puts received ones together. Sizes of this sender mean nothing.",
	},
	sure = {
		confirmed = "each checksum was computed anew",
		likely = "no wire carries packets of that size",
	},
	why = _"recorded in front of the network card",
	advise = {
		now = { _"For sizes as on the wire switch offloading off while recording, or record at a mirror port." },
		verify = { _"Record again. This filter must show no frame: frame.len>1518 || udp.checksum.status==\"Bad\"" },
		admin = { _"Linux: ethtool -K IF gso off gro off tso off tx off rx off" },
	},
	references = { "ethtool(8)" },
	when = function(c)
		local o, found = c.offload, {}
		if c.asa_pseudo or c.ipsec_packets == 0 then return nil end
		if o.bad_sums then
			found[#found + 1] = { confidence = "confirmed", culprit = "capture", frames = o.frames or { 1 }, args = { bad = count(o.bad_sums), from = o.from, of = "", oversize = "", frames = "" } }
		end
		if o.oversize and o.oversize >= LEAST then
			found[#found + 1] = { confidence = "likely", culprit = "capture", frames = o.frames, args = { bad = "", from = "", of = o.of, oversize = count(o.oversize), frames = frames(o.frames) } }
		end
		return #found > 0 and found or nil
	end,
	tests = {
		{ name = "no checksum of one host is right", capture = { offload = { bad_sums = 30, from = "198.51.100.10" } }, expect = { confidence = "confirmed", culprit = "capture", severity = "info" } },
		{ name = "packets of 16 kB", capture = { offload = { oversize = 12, of = "198.51.100.10", frames = { 44 } } }, expect = { confidence = "likely", text_has = "198.51.100.10" } },
		{ name = "one large packet proves nothing", capture = { offload = { oversize = 1, of = "198.51.100.10", frames = { 44 } } }, expect = "nothing" },
		{ name = "no tunnel in the file: nobody asked", capture = { ipsec_packets = 0, offload = { bad_sums = 30, from = "198.51.100.10" } }, expect = "nothing" },
		{ name = "an ASA capture of type isakmp", capture = { asa_pseudo = { why = "constant" }, offload = { bad_sums = 30, from = "198.51.100.10" } }, expect = "nothing" },
	},
}
