-- Only from the outside: one inside socket shows several ports or addresses, again and again or from the start.
local CHANGES, BACK, START_S = 4, 2, 5

return rule {
	id = "nat.symmetric_or_balancer", step = "reachability", severity = "high", scope = "tunnel",
	trigger = { "looks" },
	title = _"The translator uses a different outside port or address for each flow",
	say = {
		confirmed = _"The translator in front of {hidden} shows one and the same socket under several outside ports in turn: {changes} changes, {back} of them back to a port used before ({frames}). IKE and ESP of one tunnel have to share one.",
		likely = _"The translator in front of {hidden} shows its first message under one address and the next under {address} ({frames}): a load balancer or a second line splits the flow. A client that changes its network in that moment looks the same; its log decides.",
	},
	sure = { confirmed = "packets of one SPI under each port are here" },
	why = _"several outside ports or addresses",
	advise = {
		now = { _"Pin UDP 500, UDP 4500 and ESP of {hidden} to one line and one address; take them out of load balancing." },
		verify = { _"Connect again and record outside. The source port must stay the same throughout; this filter shows it: udp.port==4500 && ip.src=={address}" },
		isp = _"Please pin the translation of one inside UDP socket (port 4500) to one outside port and address, or hash on addresses only: it shows several. RFC 4787 REQ-1 asks for endpoint-independent mapping, REQ-2 recommends one outside address for one host (a must for a CGN by RFC 6888 REQ-2).",
		admin = { _"Cisco: ip nat ... route-map per line; Linux: ip rule by source, no random port in nft masquerade; firewall: static source port for UDP 500 and 4500" },
	},
	explains = { "nat.mapping_changed", "data.esp.one_way", "life.dpd.dead", "ike.auth.no_reply" },
	references = { "RFC 4787 REQ-1", "RFC 4787 REQ-2", "RFC 6888 REQ-2", "RFC 3948 2.1" },
	when = function(t, c)
		for i, side in ipairs { "a", "b" } do
			local m = t.mapping and t.mapping[side]
			if m and side ~= t.vantage.side and m.changes >= CHANGES and (m.back or 0) >= BACK then
				return {
					confidence = "confirmed", culprit = "nat", frames = m.frames, at = m.at, filter = "udp.port==4500", severity = t.works and "medium" or nil,
					args = { hidden = address(t, side), changes = count(m.changes), back = count(m.back), frames = frames(m.frames), address = address(t, side) },
				}
			end
			local v, first = t.moves and t.moves[side], t.attempts and t.attempts[1]
			if v and first and side ~= t.vantage.side and first.from_start and v.at - first.first < START_S and not first.established then
				return {
					confidence = "likely", culprit = "nat", frames = v.frames, at = v.at, filter = "udp.port==4500",
					args = { hidden = address(t, side), changes = count(1), back = count(0), frames = frames(v.frames), address = v.to },
				}
			end
		end
	end,
	tests = {
		{ name = "the port alternates",
		  tunnel = { looks = {}, mapping = { b = { changes = 9, back = 6, at = 3, frames = { 9, 11 } } } }, expect = { confidence = "confirmed", severity = "high", culprit = "nat" } },
		{ name = "IKE_AUTH comes from another address than IKE_SA_INIT",
		  tunnel = { looks = {}, attempts = { { from_start = true, first = 0 } }, moves = { b = { from = "203.0.113.10", to = "203.0.113.99", at = 0.2, frames = { 3 } } } }, expect = { confidence = "likely", text_has = "203.0.113.99" } },
		{ name = "one change: nat.mapping_changed", tunnel = { looks = {}, mapping = { b = { changes = 1, back = 0, at = 3, frames = { 9 } } } }, expect = "nothing" },
		{ name = "a client that moves later", tunnel = { looks = {}, attempts = { { from_start = true, first = 0, established = "inferred" } }, moves = { b = { from = "203.0.113.10", to = "203.0.113.99", at = 90, frames = { 80 } } } }, expect = "nothing" },
	},
}
