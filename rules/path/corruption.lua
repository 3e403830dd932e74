-- Inbound only: what this host sends itself gets its checksums from the network card, behind the recorder.
local BAD = 3

return rule {
	id = "path.corruption", step = "reachability", severity = "high", scope = "tunnel",
	trigger = { "looks" },
	title = _"Packets arrive damaged or altered",
	say = {
		likely = _"Packets of {sender} arrive damaged: {bad} have a wrong checksum ({frames}), the others of it a right one. The receiver drops them without a word.",
	},
	sure = { likely = "inbound only, where no network card computes sums; the others of the sender are right" },
	why = _"{bad} packets with a wrong checksum",
	advise = {
		now = { _"Look at the interface error counters on the way; change cable, transceiver or the radio link.", _"Switch off any device on the way that rewrites UDP (inspection, NAT helper) for a test." },
		verify = { _"Record at {receiver} again. This filter must show no frame: ip.src=={sender} && (udp.checksum.status==\"Bad\" || ip.checksum.status==\"Bad\")" },
		isp = _"Please check the error counters of the path from {sender} to {receiver}: packets arrive with wrong checksums.",
		admin = { _"show interface (CRC, input errors); ethtool -S IF" },
	},
	references = { "RFC 768", "RFC 3948 2.1" },
	when = function(t, c)
		for i, side in ipairs { "a", "b" } do
			local l = t.looks[side]
			if l and (t.vantage.side == "a" or t.vantage.side == "b") and side ~= t.vantage.side and not c.asa_pseudo and (l.bad_sums or 0) >= BAD and l.good_sums >= l.bad_sums then
				return {
					confidence = "likely", culprit = "path", frames = l.bad_sum_frames, severity = l.bad_sums < l.good_sums / 20 and "medium" or nil,
					args = { sender = address(t, side), receiver = address(t, other(side)), bad = count(l.bad_sums, l.bad_sums + l.good_sums), frames = frames(l.bad_sum_frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "five of twenty", tunnel = { looks = { a = {}, b = { bad_sums = 5, good_sums = 15, bad_sum_frames = { 7, 9 } } } }, expect = { confidence = "likely", severity = "high", culprit = "path" } },
		{ name = "all of them: the recorder's host computes none", tunnel = { looks = { a = {}, b = { bad_sums = 15, good_sums = 0, bad_sum_frames = { 7, 9 } } } }, expect = "nothing" },
		{ name = "what this host sends", tunnel = { looks = { b = {}, a = { bad_sums = 5, good_sums = 15, bad_sum_frames = { 7, 9 } } } }, expect = "nothing" },
		{ name = "nobody knows which side this is", tunnel = { vantage = { side = "unknown" }, looks = { a = {}, b = { bad_sums = 5, good_sums = 15, bad_sum_frames = { 7, 9 } } } }, expect = "nothing" },
	},
}
