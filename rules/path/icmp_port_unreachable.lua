-- A host refuses for a moment while its service restarts, and anybody can forge one error: only errors that go on are certain.
local ERRORS, SPREAD_S = 2, 5

local ONE_HOST = _"no IKE service listens there at that moment"
local NAT = _"the error comes over another number of routers than the packets of the peer itself, so a NAT that has forgotten the way inside answers in its name"
local NOT_KNOWN = _"no IKE service listens there, or a NAT with that address has forgotten the way inside; a capture behind that address decides"
local IN_ITS_NAME = _"that is not the peer itself, so a firewall refuses in its name"

-- Routers crossed: hop limits start at 64, 128 or 255, and a host may begin its errors with another one than its packets.
local function routers(hops)
	return (hops <= 64 and 64 or hops <= 128 and 128 or 255) - hops
end

-- How far the errors come against how far the peer's own packets come tells the host from a NAT in front of it (true, false);
-- nil where one of them is not known. An error of the recording host itself came over no router.
local function known_host(t, g)
	local side = other(g.quoted_from)
	local look = t.looks and t.looks[side] and t.looks[side].ike_hops
	if g.from_local or t.vantage.side == side then return true end
	if not look or not g.ttl then return nil end
	return routers(g.ttl) >= routers(look.max) and routers(g.ttl) <= routers(look.min)
end

return rule {
	id = "path.icmp.port_unreachable", step = "reachability", severity = "critical", scope = "tunnel",
	trigger = { "icmp" },
	title = _"The peer host says: no one listens on that port",
	say = {
		confirmed = _"{source} answers with ICMP port unreachable for UDP {port}: no IKE service listens there (errors: {count}, {frames}).",
		likely = _"{source} answers what goes to UDP {port} of {peer} with ICMP port unreachable: {meaning} (errors: {count}, {frames}).",
	},
	sure = {
		confirmed = "errors over some time quote packets of this tunnel and come from as far away as the peer",
		likely = "the error quotes our packet, and who may have sent it is told",
	},
	why = _"UDP {port} refused by {source}",
	advise = {
		now = { _"Start the IKE service on {peer}, or bind it to that address and interface." },
		verify = { _"Connect again. {peer} must answer with IKE on UDP {port}, and this filter must show no frame: icmp.type==3 && icmp.code==3 || icmpv6.type==1 && icmpv6.code==4" },
		peer = _"Please check that the IKE service of {peer} runs, that it listens on UDP {port} of that address, and that no firewall refuses in its place: {source} answers that nobody listens there.",
		admin = {
			_"ASA: show running-config crypto | include enable",
			_"Linux: ss -lunp must show ports 500 and 4500; nft list ruleset",
			_"Windows: Get-Service IKEEXT,PolicyAgent",
		},
	},
	explains = { "path.udp500.no_reply", "path.udp4500.blocked", "ike.auth.no_reply", "data.esp.one_way", "life.half_open" },
	references = { "RFC 792", "RFC 1122 3.2.2.1", "RFC 4443 3.1" },
	when = function(t, c)
		for _, g in ipairs(t.icmp) do
			if g.name == "port_unreachable" and g.matched and not g.quotes_answer
			   and (g.protocol == "ike" or g.protocol == "esp") then
				local working = t.works and t.works.last > g.last + 5
				local host = known_host(t, g)
				local goes_on = g.count >= ERRORS and g.last - g.first > SPREAD_S
				return {
					confidence = g.from_peer and goes_on and host == true and "confirmed" or "likely",
					culprit = not g.from_peer and "path" or g.from_local and "local" or host == false and "nat" or "peer",
					severity = working and "medium" or nil,
					frames = g.frames, at = g.last,
					filter = "icmp.type==3 && icmp.code==3 || icmpv6.type==1 && icmpv6.code==4",
					args = { source = g.source, count = count(g.count), port = g.dport, frames = frames(g.frames),
					         peer = address(t, other(g.quoted_from)), meaning = not g.from_peer and IN_ITS_NAME or host and ONE_HOST or host == false and NAT or NOT_KNOWN },
				}
			end
		end
	end,
	tests = {
		{ name = "the peer refuses a request that was sent, over as many routers as its own packets come",
		  tunnel = { looks = { b = { ike_hops = { packets = 3, min = 60, max = 60 } } }, icmp = { { ttl = 60, name = "port_unreachable", matched = true, from_peer = true, protocol = "ike", quoted_from = "a",
		    source = "203.0.113.10", count = 3, dport = 500, first = 0, last = 9, frames = { 2, 4, 6 }, quotes_answer = false } } },
		  expect = { confidence = "confirmed", culprit = "peer", severity = "critical" } },
		{ name = "a NAT with its address refuses: other distance",
		  tunnel = { looks = { b = { ike_hops = { packets = 3, min = 60, max = 60 } } }, icmp = { { ttl = 61, name = "port_unreachable", matched = true, from_peer = true, protocol = "ike", quoted_from = "a",
		    source = "203.0.113.10", count = 3, dport = 500, first = 0, last = 9, frames = { 2, 4, 6 }, quotes_answer = false } } },
		  expect = { confidence = "likely", culprit = "nat", text_has = "forgotten" } },
		{ name = "a host that begins its errors with 255 and its packets with 64",
		  tunnel = { looks = { b = { ike_hops = { packets = 3, min = 60, max = 60 } } }, icmp = { { ttl = 251, name = "port_unreachable", matched = true, from_peer = true, protocol = "ike", quoted_from = "a",
		    source = "203.0.113.10", count = 3, dport = 500, first = 0, last = 9, frames = { 2, 4, 6 }, quotes_answer = false } } },
		  expect = { confidence = "confirmed", culprit = "peer" } },
		{ name = "nothing of the peer itself is here: host or NAT",
		  tunnel = { icmp = { { ttl = 61, name = "port_unreachable", matched = true, from_peer = true, protocol = "ike", quoted_from = "a",
		    source = "203.0.113.10", count = 3, dport = 500, first = 0, last = 9, frames = { 2, 4, 6 }, quotes_answer = false } } },
		  expect = { confidence = "likely", culprit = "peer", text_has = "a capture behind that address decides" } },
		{ name = "once, or for a moment: it may be starting",
		  tunnel = { looks = { b = { ike_hops = { packets = 3, min = 60, max = 60 } } }, icmp = { { ttl = 60, name = "port_unreachable", matched = true, from_peer = true, protocol = "ike", quoted_from = "a",
		    source = "203.0.113.10", count = 2, dport = 500, first = 0, last = 4, frames = { 2, 4 }, quotes_answer = false } } },
		  expect = { confidence = "likely", culprit = "peer", text_has = "at that moment" } },
		{ name = "another address refuses in its name",
		  tunnel = { icmp = { { name = "port_unreachable", matched = true, from_peer = false, protocol = "ike", quoted_from = "a",
		    source = "192.0.2.1", count = 3, dport = 500, first = 0, last = 9, frames = { 2 }, quotes_answer = false } } },
		  expect = { confidence = "likely", culprit = "path" } },
		{ name = "a forged error quotes what nobody sent",
		  tunnel = { icmp = { { name = "port_unreachable", matched = false, from_peer = true, protocol = "ike", quoted_from = "a",
		    source = "203.0.113.10", count = 3, dport = 500, first = 0, last = 9, frames = { 2 }, quotes_answer = false } } },
		  expect = "nothing" },
		{ name = "an old peer refuses keepalives only",
		  tunnel = { icmp = { { name = "port_unreachable", matched = true, from_peer = true, protocol = "keepalive", quoted_from = "a",
		    source = "203.0.113.10", count = 3, dport = 4500, first = 0, last = 9, frames = { 2 }, quotes_answer = false } } },
		  expect = "nothing" },
	},
}
