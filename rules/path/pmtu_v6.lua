local LEAST = 5

-- None heard, or the same size repeated at doubling gaps; small ones are answered all the while.
local function vanish(p)
	local repeated = (p.trains_of_resends or 0) > 0 and p.esp_large_out >= LEAST and 3 * p.esp_large_partner <= p.esp_large_out
	return (p.esp_small_partner or 0) >= LEAST and (p.esp_large_unheard >= LEAST and p.esp_large_partner == 0 or repeated)
end

-- Method C on IPv6, where no router fragments: everything above the smallest link is lost unless "Packet Too Big" comes back.
return rule {
	id = "path.pmtu.v6", step = "reachability", severity = "critical", scope = "tunnel",
	trigger = { "pmtu" },
	title = _"IPv6 packets above the path MTU vanish",
	say = {
		likely = _"IPv6 packets from {sender} above the path MTU vanish: {lost} of {size} and more bring nothing back ({frames}), while small ones are answered, and no \"Packet Too Big\" comes back. Packets of 1280 bytes always pass.",
		possible = _"IPv6 packets from {sender} above the path MTU vanish: {lost} of {size} and more bring nothing back ({frames}), while small ones are answered. A peer that stays silent for its own reasons looks the same; a capture at {receiver} decides.",
	},
	sure = { likely = "small ones are answered before and after, and ICMPv6 would be in this file" },
	why = _"nothing of {size} and more is answered",
	advise = {
		now = { _"Test with pings of growing size: ping -6 -M do -s N {receiver} (Linux), ping -6 -l N (Windows).",
		        _"Until it is repaired: keep IKE fragments to 1232 bytes of payload, and the tunnel MTU to what fits into 1280." },
		verify = { _"Send a packet of {size} from behind {sender}: it must be answered. Record at {receiver}. The filter counts without the IPv6 header of 40 bytes and must show frames: ipv6.src=={sender} && ipv6.plen>={size_bytes}" },
		isp = _"Please let ICMPv6 type 2 (packet too big) come back to {sender}, and next header 44 (fragments) pass to {receiver}: IPv6 packets of {size} and more disappear, and no such message comes back.",
		admin = { _"strongSwan: charon.fragment_size = 1280; Linux: ip -6 route ... mtu 1280; Cisco: ipv6 mtu 1280, ipv6 tcp adjust-mss 1220" },
	},
	explains = { "ike.auth.no_reply", "auth.xauth.stall", "auth.modecfg.stall", "data.esp.large_lost", "life.message_window_stuck", "ike.frag.incomplete", "life.half_open", "path.udp4500.blocked", "path.icmp.all_blocked" },
	references = { "RFC 8201 1", "RFC 8200 5", "RFC 4443 3.2", "RFC 4890 4.3.1" },
	when = function(t, c)
		if not has(t.ends.a, ":") then return nil end -- path.pmtu.blackhole
		for _, g in ipairs(t.icmp or {}) do
			if g.name == "frag_needed" then return nil end -- path.pmtu.ptb_*
		end
		for _, side in ipairs { "a", "b" } do
			local p, back = t.pmtu[side], t.pmtu[other(side)]
			local score, seen, lost, size = 0, nil, 0, nil
			local as_ike = (p.large_unanswered or 0) >= 3
			local esp_lost = p.esp_large_out - p.esp_large_partner
			local as_esp = not as_ike and vanish(p)
			if as_ike then
				score, seen, lost, size = 0.35, p.large_unanswered_frames, p.large_unanswered, p.smallest_unanswered
				if p.small_answered_before then score = score + 0.15 end
				if p.small_answered_after then score = score + 0.10 end
				if p.largest_answered and p.largest_answered > (size or 0) then score = score - 0.60 end
			elseif as_esp then
				score, seen, lost, size = 0.40 + 0.15 + 0.05, p.esp_large_frames, esp_lost, p.largest
				if p.trains_of_resends > 0 then score = score + 0.10 end
				if p.esp_small_out - p.esp_small_partner > 0.5 * p.esp_small_out then score = score - 0.40 end
			end
			if as_ike or as_esp then
				if p.large_unanswered_df ~= false then score = score + 0.05 end
				if c.sees.icmp == "yes" then score = score + 0.10 end
				if back.packets >= 20 and back.largest <= p.largest - 100 then score = score + 0.05 end
				local fragmented = as_ike and p.large_unanswered_df == false
				local works = t.works and as_ike and t.works.last > 0 and t.works.basis == "data"
				if score >= 0.5 and not fragmented and not works and not (t.vantage.side == other(side)) then
					local grade = score >= 0.8 and c.sees.icmp == "yes" and "likely" or "possible"
					return {
						confidence = grade, culprit = "path", frames = seen, filter = "ipv6.plen>1240",
						args = { sender = address(t, side), receiver = address(t, other(side)), lost = count(lost),
						         size = bytes(size), size_bytes = size - 40, frames = frames(seen) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "case C.1: large ESP out without a partner",
		  tunnel = { ends = { a = "2001:db8:1::1", b = "2001:db8:2::1" }, pmtu = { a = { packets = 30, largest = 1412, esp_large_out = 6, esp_large_partner = 0, esp_large_unheard = 6, esp_small_out = 9, esp_small_partner = 9,
		                            trains_of_resends = 1, esp_large_frames = { 20, 21 } },
		                      b = { packets = 24, largest = 164, esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 9, esp_small_partner = 9, trains_of_resends = 0 } } },
		  expect = { confidence = "likely", culprit = "path" } },
		{ name = "a large IKE_AUTH with DF repeated",
		  tunnel = { ends = { a = "2001:db8:1::1", b = "2001:db8:2::1" }, pmtu = { a = { packets = 6, largest = 1420, large_unanswered = 5, large_unanswered_df = true, large_unanswered_frames = { 3, 4 },
		                            smallest_unanswered = 1420, small_answered_before = true, largest_answered = 464, esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0,
		                            esp_small_out = 0, esp_small_partner = 0, trains_of_resends = 0 },
		                      b = { packets = 1, largest = 464, esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 0, esp_small_partner = 0, trains_of_resends = 0 } } },
		  expect = { confidence = "possible" } },
		{ name = "too big was said: not a black hole",
		  tunnel = { ends = { a = "2001:db8:1::1", b = "2001:db8:2::1" }, icmp = { { name = "frag_needed" } },
		             pmtu = { a = { packets = 30, largest = 1412, esp_large_out = 6, esp_large_partner = 0, esp_large_unheard = 6, esp_small_out = 9, esp_small_partner = 9,
		                            trains_of_resends = 1, esp_large_frames = { 20, 21 } },
		                      b = { packets = 24, largest = 164, esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 9, esp_small_partner = 9, trains_of_resends = 0 } } },
		  expect = "nothing" },
		{ name = "large ones are answered",
		  tunnel = { ends = { a = "2001:db8:1::1", b = "2001:db8:2::1" }, pmtu = { a = { packets = 30, largest = 1412, esp_large_out = 6, esp_large_partner = 5, esp_large_unheard = 1, esp_small_out = 9, esp_small_partner = 9,
		                            trains_of_resends = 0, esp_large_frames = { 20, 21 } },
		                      b = { packets = 24, largest = 1400, esp_large_out = 5, esp_large_partner = 5, esp_large_unheard = 0, esp_small_out = 9, esp_small_partner = 9, trains_of_resends = 0 } } },
		  expect = "nothing" },
		{ name = "the same over IPv4: path.pmtu.blackhole",
		  tunnel = { pmtu = { a = { packets = 30, largest = 1412, esp_large_out = 6, esp_large_partner = 0, esp_large_unheard = 6, esp_small_out = 9, esp_small_partner = 9,
		                            trains_of_resends = 1, esp_large_frames = { 20, 21 } },
		                      b = { packets = 24, largest = 164, esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 9, esp_small_partner = 9, trains_of_resends = 0 } } },
		  expect = "nothing" },
	},
}
