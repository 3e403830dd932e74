return rule {
	id = "cap.one_direction", step = "capture", severity = "medium", scope = "capture",
	trigger = { "one_direction" },
	title = _"Only one direction was recorded",
	say = {
		confirmed = _"This recording holds one direction only: all {packets} packets go the same way between their hosts ({frames}). Whether anybody answers cannot be seen.",
	},
	sure = { confirmed = "it is about what the file lacks" },
	why = _"one direction recorded",
	advise = {
		now = { _"Record again with both directions: on a switch mirror receive and transmit, in a filter name the host and not its direction." },
		verify = { _"The new recording holds packets from both addresses." },
		admin = { _"ASA: capture X interface outside match ip host A host B", _"tcpdump -ni IF -s0 -w FILE 'host PEER or icmp or icmp6'" },
	},
	explains = { "path.udp500.no_reply", "peer.silent", "ike.auth.no_reply", "life.half_open", "data.esp.one_way", "life.dpd.dead" },
	references = { "pcap-filter(7)" },
	when = function(c)
		local o = c.one_direction
		return { confidence = "confirmed", culprit = "capture", severity = c.ipsec_packets == 0 and "info" or nil, frames = o.frames, args = { packets = count(o.packets), frames = frames(o.frames) } }
	end,
	tests = {
		{ name = "thirty packets, all one way", capture = { one_direction = { packets = 30, frames = { 1, 2 } } }, expect = { confidence = "confirmed", culprit = "capture" } },
		{ name = "without IPsec it blinds nothing", capture = { ipsec_packets = 0, one_direction = { packets = 30, frames = { 1, 2 } } }, expect = { severity = "info" } },
		{ name = "both ways", capture = {}, expect = "nothing" },
	},
}
