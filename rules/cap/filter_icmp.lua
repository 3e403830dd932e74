return rule {
	id = "cap.filter.icmp", step = "capture", severity = "info", scope = "capture",
	trigger = { "only_ike_ports" },
	title = _"The capture filter may hide ICMP",
	say = {
		confirmed = _"The filter of this recording, {filter}, keeps no ICMP ({frames}): whether the path sent an error cannot be seen.",
		possible = _"This recording holds IKE, ESP and AH only ({frames}): its filter hides ICMP. A quiet network without any ICMP looks the same; a recording by host alone decides.",
	},
	sure = { confirmed = "the file tells its filter" },
	why = _"no ICMP in this file",
	advise = {
		now = { _"Record again by host only, and ICMP beside it." },
		verify = { _"A ping to the peer shows up in the new recording." },
		admin = { _"tcpdump -ni IF -s0 -w FILE 'host PEER or icmp or icmp6'", _"ASA: a second capture with match icmp any any" },
	},
	references = { "pcap-filter(7)" },
	when = function(c)
		if c.sees.icmp == "yes" then return nil end
		local o, text = c.only_ike_ports, c.filter_text
		local named = text and (has(text, "port") or has(text, "esp") or has(text, "udp")) and not has(text, "icmp")
		return { confidence = named and "confirmed" or "possible", culprit = "capture", frames = o.frames, args = { filter = text or "?", frames = frames(o.frames) } }
	end,
	tests = {
		{ name = "nothing but IKE ports", capture = { only_ike_ports = { to = 9, frames = { 1, 2 } }, sees = { both_ways = "yes", icmp = "unknown", frags = "yes", esp = "yes", p4500 = "yes" } },
		  expect = { confidence = "possible", severity = "info" } },
		{ name = "the file tells its filter",
		  capture = { filter_text = "udp port 500", only_ike_ports = { to = 9, frames = { 1, 2 } }, sees = { both_ways = "yes", icmp = "unknown", frags = "yes", esp = "yes", p4500 = "yes" } },
		  expect = { confidence = "confirmed" } },
		{ name = "an ICMP packet is in the file", capture = { only_ike_ports = { to = 9, frames = { 1, 2 } } }, expect = "nothing" },
	},
}
