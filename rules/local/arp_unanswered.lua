-- Only where nothing else explains the silence: hosts ask for dead neighbours all day.
local ASKED = 3

return rule {
	id = "local.arp_unanswered", step = "reachability", severity = "critical", scope = "capture",
	trigger = { "unanswered_arp" },
	title = _"The first hop does not answer ARP or neighbour discovery",
	say = {
		likely = _"{asker} asks {count} times on the local segment who {target} is ({frames}), nobody answers, and nothing else is recorded. Where {target} is its next hop, no IKE, ESP or AH can leave; where {asker} is the router, {target} is down or its address is gone.",
		possible = _"{asker} asks {count} times on the local segment who {target} is ({frames}), and nobody answers. If {target} is its next hop, nothing leaves; if it is another neighbour, this has nothing to do with the tunnel. Its routing table decides.",
	},
	sure = { likely = "nothing else is recorded, and both cases are told" },
	why = _"{target} does not answer ARP",
	advise = {
		now = { _"Check cable, VLAN and the next-hop address {target} at {asker}.", _"After a swap of the router: does the provider bind the port to the old MAC address?" },
		verify = { _"Ask again. This filter must show an answer of {target}: arp.opcode==2 || icmpv6.type==136" },
		isp = _"Our gateway {asker} gets no ARP answer from {target}, its next hop. Please check that port, its VLAN and any binding to a MAC address.",
		admin = { _"Cisco: show arp, show route; Linux: ip neigh, ip route" },
	},
	explains = { "path.udp500.no_reply", "life.half_open" },
	references = { "RFC 826", "RFC 4861 7.2" },
	when = function(c)
		local found = {}
		for _, row in ipairs(c.unanswered_arp) do
			if row.count >= ASKED then
				local alone = row.others == 0 -- where packets pass, an unanswered neighbour is nobody's next hop
				found[#found + 1] = {
					confidence = alone and "likely" or "possible", culprit = "local", frames = row.frames, at = row.last, severity = not alone and "low" or nil,
					filter = "arp || icmpv6.type==135",
					args = { asker = row.asker, target = row.target, count = count(row.count), frames = frames(row.frames) },
				}
			end
		end
		return #found > 0 and found or nil
	end,
	tests = {
		{ name = "asked for seven times, and nothing of IPsec in the file",
		  capture = { unanswered_arp = { { asker = "198.51.100.10", target = "198.51.100.1", count = 7, last = 9, others = 0, frames = { 1, 2 } } } },
		  expect = { confidence = "likely", culprit = "local", severity = "critical" } },
		{ name = "beside a tunnel it means little",
		  capture = { ipsec_packets = 40, unanswered_arp = { { asker = "198.51.100.10", target = "198.51.100.7", count = 7, last = 9, others = 40, frames = { 1, 2 } } } },
		  expect = { confidence = "possible", severity = "low" } },
		{ name = "a host that asks for one dead neighbour and talks to others",
		  capture = { ipsec_packets = 0, unanswered_arp = { { asker = "198.51.100.10", target = "198.51.100.7", count = 7, last = 9, others = 12, frames = { 1, 2 } } } },
		  expect = { confidence = "possible", severity = "low" } },
		{ name = "twice is nothing",
		  capture = { unanswered_arp = { { asker = "198.51.100.10", target = "198.51.100.1", count = 2, last = 9, others = 0, frames = { 1, 2 } } } }, expect = "nothing" },
	},
}
