-- RFC 2923 2: an answer that is whole, large and never heard, while a smaller one was.
local AGAIN, LARGE = 3, 1280

local LEAST = 5

-- None heard, or the same size repeated at doubling gaps; small ones are answered all the while.
local function vanish(p)
	local repeated = (p.trains_of_resends or 0) > 0 and p.esp_large_out >= LEAST and 3 * p.esp_large_partner <= p.esp_large_out
	return (p.esp_small_partner or 0) >= LEAST and (p.esp_large_unheard >= LEAST and p.esp_large_partner == 0 or repeated)
end

-- Method C: points for what a black hole looks like from one side. 0.80 and more is likely, 0.50 and more possible.
return rule {
	id = "path.pmtu.blackhole", step = "reachability", severity = "critical", scope = "tunnel",
	trigger = { "pmtu" },
	title = _"Large packets vanish and nobody says why",
	say = {
		likely = _"Large packets from {sender} vanish: {lost} of {size} and more bring nothing back ({frames}), while small ones are answered, and no ICMP tells why.",
		possible = _"Large packets from {sender} vanish: {lost} of {size} and more bring nothing new back ({frames}), while smaller ones do. A peer that stays silent for its own reasons looks the same; a capture at {receiver} decides.",
	},
	sure = { likely = "small ones are answered before and after, DF is set, and ICMP would be in this file" },
	why = _"nothing of {size} and more is answered",
	advise = {
		now = { _"Test with pings of growing size that may not be fragmented: ping -M do -s N {receiver} (Linux), ping -f -l N (Windows).",
		        _"Until it is repaired: lower the MTU or clamp TCP MSS, and switch on IKE fragmentation." },
		verify = { _"Send a packet of {size} from behind {sender}: it must be answered. Record at {receiver}. This filter must show frames: ip.src=={sender} && ip.len>={size_bytes}" },
		isp = _"Please find the hop with the smaller MTU from {sender} to {receiver}, let its ICMP type 3 code 4 (fragmentation needed) come back to {sender}: packets of {size} and more with DF set disappear on the way, smaller ones arrive, and no such message comes back.",
		admin = { _"ASA: sysopt connection tcpmss 1350, crypto ipsec df-bit clear-df outside", _"IOS: ip tcp adjust-mss 1360, ip mtu 1400" },
	},
	explains = { "ike.auth.no_reply", "auth.xauth.stall", "auth.modecfg.stall", "data.esp.large_lost", "life.message_window_stuck", "ike.frag.incomplete", "life.half_open", "path.udp4500.blocked", "path.icmp.all_blocked" },
	references = { "RFC 1191 4", "RFC 2923 2", "RFC 4821 1", "RFC 8900 3.8" },
	when = function(t, c)
		local first = { IKE_SA_INIT = true, MAIN_1 = true, AGGRESSIVE_1 = true }
		if has(t.ends.a, ":") then return nil end -- path.pmtu.v6
		for _, g in ipairs(t.icmp or {}) do
			if g.name == "frag_needed" then return nil end -- path.pmtu.ptb_*
		end
		for _, side in ipairs { "a", "b" } do
			local p, back = t.pmtu[side], t.pmtu[other(side)]
			local score, seen, lost, size = 0, nil, 0, nil
			local as_ike = (p.large_unanswered or 0) >= 3 and (p.small_answered_before or p.small_answered_after)
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
						confidence = grade, culprit = "path", frames = seen, filter = "ip.len>1280",
						args = { sender = address(t, side), receiver = address(t, other(side)), lost = count(lost),
						         size = bytes(size), size_bytes = size, frames = frames(seen) },
					}
				end
			end
		end
		for _, x in ipairs(t.unheard or {}) do
			local y, side = x.answer, x.to
			if y and y.pieces == 1 and y.ip_bytes > LARGE and y.df ~= false and side == t.vantage.side and not x.refused and x.sends_after_answer >= AGAIN
			   and not first[x.type] and t.attempts[x.attempt].from_start then
				return {
					confidence = "possible", culprit = "path", frames = y.frames, filter = "ip.len>1280",
					args = { sender = address(t, side), receiver = address(t, x.from), lost = count(y.sends), size = bytes(y.ip_bytes), size_bytes = y.ip_bytes, frames = frames(y.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "case C.1: large ESP out without a partner",
		  tunnel = { pmtu = { a = { packets = 30, largest = 1412, esp_large_out = 6, esp_large_partner = 0, esp_large_unheard = 6, esp_small_out = 9, esp_small_partner = 9,
		                            trains_of_resends = 1, esp_large_frames = { 20, 21 } },
		                      b = { packets = 24, largest = 164, esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 9, esp_small_partner = 9, trains_of_resends = 0 } } },
		  expect = { confidence = "likely", culprit = "path" } },
		{ name = "a large IKE_AUTH with DF repeated",
		  tunnel = { pmtu = { a = { packets = 6, largest = 1420, large_unanswered = 5, large_unanswered_df = true, large_unanswered_frames = { 3, 4 },
		                            smallest_unanswered = 1420, small_answered_before = true, largest_answered = 464, esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0,
		                            esp_small_out = 0, esp_small_partner = 0, trains_of_resends = 0 },
		                      b = { packets = 1, largest = 464, esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 0, esp_small_partner = 0, trains_of_resends = 0 } } },
		  expect = { confidence = "possible" } },
		{ name = "a large first message repeated, and nothing smaller ever answered: path.udp500.no_reply",
		  tunnel = { pmtu = { a = { packets = 4, largest = 1329, large_unanswered = 4, large_unanswered_df = true, large_unanswered_frames = { 3, 4 },
		                            smallest_unanswered = 1329, esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0,
		                            esp_small_out = 0, esp_small_partner = 0, trains_of_resends = 0 },
		                      b = { packets = 0, largest = 0, esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 0, esp_small_partner = 0, trains_of_resends = 0 } } },
		  expect = "nothing" },
		{ name = "the answering side: a large answer is never heard",
		  tunnel = { vantage = { side = "b" }, attempts = { { from_start = true } }, pmtu = { a = { esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0 }, b = { esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0 } },
		             unheard = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 5, sends_after_answer = 4, last = 48,
		                           answer = { sends = 5, ip_bytes = 1400, pieces = 1, df = true, frames = { 4, 6, 8 } } } } },
		  expect = { confidence = "possible", culprit = "path" } },
		{ name = "the answering side: a small answer is never heard, path.udp4500.blocked",
		  tunnel = { vantage = { side = "b" }, attempts = { { from_start = true } }, pmtu = { a = { esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0 }, b = { esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0 } },
		             unheard = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 5, sends_after_answer = 4, last = 48,
		                           answer = { sends = 5, ip_bytes = 280, pieces = 1, df = true, frames = { 4, 6, 8 } } } } },
		  expect = "nothing" },
		{ name = "too big was said: not a black hole",
		  tunnel = { icmp = { { name = "frag_needed" } },
		             pmtu = { a = { packets = 30, largest = 1412, esp_large_out = 6, esp_large_partner = 0, esp_large_unheard = 6, esp_small_out = 9, esp_small_partner = 9,
		                            trains_of_resends = 1, esp_large_frames = { 20, 21 } },
		                      b = { packets = 24, largest = 164, esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 9, esp_small_partner = 9, trains_of_resends = 0 } } },
		  expect = "nothing" },
		{ name = "large ones are answered",
		  tunnel = { pmtu = { a = { packets = 30, largest = 1412, esp_large_out = 6, esp_large_partner = 5, esp_large_unheard = 1, esp_small_out = 9, esp_small_partner = 9,
		                            trains_of_resends = 0, esp_large_frames = { 20, 21 } },
		                      b = { packets = 24, largest = 1400, esp_large_out = 5, esp_large_partner = 5, esp_large_unheard = 0, esp_small_out = 9, esp_small_partner = 9, trains_of_resends = 0 } } },
		  expect = "nothing" },
		{ name = "short downloads: what comes back may answer the small ones at their end",
		  tunnel = { pmtu = { a = { packets = 98, largest = 1412, esp_large_out = 40, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 50, esp_small_partner = 45,
		                            trains_of_resends = 0, esp_large_frames = { 20, 21 } },
		                      b = { packets = 60, largest = 164, esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 60, esp_small_partner = 50, trains_of_resends = 0 } } },
		  expect = "nothing" },
		{ name = "the same over IPv6: path.pmtu.v6",
		  tunnel = { ends = { a = "2001:db8:1::1", b = "2001:db8:2::1" },
		             pmtu = { a = { packets = 30, largest = 1412, esp_large_out = 6, esp_large_partner = 0, esp_large_unheard = 6, esp_small_out = 9, esp_small_partner = 9,
		                            trains_of_resends = 1, esp_large_frames = { 20, 21 } },
		                      b = { packets = 24, largest = 164, esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 9, esp_small_partner = 9, trains_of_resends = 0 } } },
		  expect = "nothing" },
	},
}
