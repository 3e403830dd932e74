return rule {
	id = "cap.drops", step = "capture", severity = "low", scope = "capture",
	trigger = { "drops" },
	title = _"The recorder lost packets",
	say = { confirmed = _"The recorder says that it lost {n} packets. A packet that is missing here may have passed all the same." },
	why = _"{n} packets lost by the recorder",
	advise = {
		now = { _"Record again with a filter by host and a larger buffer." },
		verify = { _"The new file reports no drops (capinfos)." },
		admin = { _"tcpdump -B 65536; dumpcap -B 64" },
	},
	explains = {},
	references = { "pcapng: Interface Statistics Block" },
	when = function(c)
		return { confidence = "confirmed", culprit = "capture", frames = c.drops.frames or { 1 }, args = { n = count(c.drops.count) } }
	end,
	tests = {
		{ name = "the file counts them", capture = { drops = { count = 40 } }, expect = { confidence = "confirmed", culprit = "capture" } },
		{ name = "none", capture = {}, expect = "nothing" },
	},
}
