-- A list that names UDP destination 500 and 4500 cannot record the answers to a translated port.
return rule {
	id = "cap.filter.translated_port", step = "capture", severity = "medium", scope = "tunnel",
	trigger = { "unanswered" },
	title = _"The filter misses translated ports",
	say = {
		likely = _"The filter of this recording keeps packets to UDP 500 and 4500 only: all requests of {asker} come from port {port} ({frames}), and no packet to that port is in the file. Whether {peer} answers cannot be seen.",
	},
	sure = { likely = "it says only what this recording cannot show" },
	why = _"answers to port {port} not recorded",
	advise = {
		now = { _"Record again by host only, without ports." },
		verify = { _"Record again. This filter must show frames: udp.dstport=={port}" },
		admin = { _"ASA: capture X interface outside match ip host A host B", _"tcpdump -ni IF -s0 -w FILE 'host PEER or icmp or icmp6'" },
	},
	explains = { "path.udp500.no_reply", "peer.silent", "ike.auth.no_reply", "path.udp4500.blocked", "life.half_open" },
	references = { "pcap-filter(7)" },
	when = function(t, c)
		if not c.only_ike_ports or t.both_ways or c.sees.both_ways == "yes" then return nil end
		local seen, example = {}, nil
		for _, x in ipairs(t.unanswered) do
			if x.sport == 500 or x.sport == 4500 or not (x.dport == 500 or x.dport == 4500) then return nil end
			example = example or x
			append(seen, x.frames)
		end
		if not example then return nil end
		return {
			confidence = "likely", culprit = "capture", frames = seen,
			args = { asker = address(t, example.from), peer = address(t, example.to), port = example.sport, frames = frames(seen) },
		}
	end,
	tests = {
		{ name = "from port 1024, nothing to it",
		  tunnel = { both_ways = false, unanswered = { { from = "a", to = "b", sport = 1024, dport = 500, frames = { 1, 2 } } } },
		  capture = { only_ike_ports = { to = 2, frames = { 1, 2 } }, sees = { both_ways = "no", icmp = "unknown", frags = "yes", esp = "yes", p4500 = "yes" } },
		  expect = { confidence = "likely", culprit = "capture" } },
		{ name = "from port 500 an answer would be kept",
		  tunnel = { both_ways = false, unanswered = { { from = "a", to = "b", sport = 500, dport = 500, frames = { 1, 2 } } } },
		  capture = { only_ike_ports = { to = 2, frames = { 1, 2 } }, sees = { both_ways = "no", icmp = "unknown", frags = "yes", esp = "yes", p4500 = "yes" } }, expect = "nothing" },
		{ name = "both ends of this tunnel are heard",
		  tunnel = { both_ways = true, unanswered = { { from = "a", to = "b", sport = 1024, dport = 500, frames = { 1, 2 } } } },
		  capture = { only_ike_ports = { to = 2, frames = { 1, 2 } }, sees = { both_ways = "unknown", icmp = "unknown", frags = "yes", esp = "yes", p4500 = "yes" } }, expect = "nothing" },
		{ name = "other packets came in: the recording shows both ways",
		  tunnel = { both_ways = false, unanswered = { { from = "a", to = "b", sport = 1024, dport = 500, frames = { 1, 2 } } } }, capture = { only_ike_ports = { to = 2, frames = { 1, 2 } } }, expect = "nothing" },
	},
}
