local LEAST = 5

-- None heard, or the same size repeated at doubling gaps; small ones are answered all the while.
local function vanish(p)
	local repeated = (p.trains_of_resends or 0) > 0 and p.esp_large_out >= LEAST and 3 * p.esp_large_partner <= p.esp_large_out
	return (p.esp_small_partner or 0) >= LEAST and (p.esp_large_unheard >= LEAST and p.esp_large_partner == 0 or repeated)
end

-- Two different things that ought to have brought an ICMP answer. Unanswered pings alone prove nothing.
return rule {
	id = "path.icmp.all_blocked", step = "reachability", severity = "medium", scope = "tunnel",
	trigger = { "pmtu" },
	title = _"No ICMP of any kind comes back from the path",
	say = {
		likely = _"No ICMP comes back from the path to {peer}: large packets that may not be fragmented bring nothing back ({frames}), {asked} pings are not answered, and not one ICMP error is in this recording, which could hold them. A peer that answers neither looks the same; a traceroute decides.",
		possible = _"No ICMP comes back from the path to {peer}: large packets that may not be fragmented bring nothing back ({frames}), and not one ICMP error is in this recording, which could hold them. A peer that stays silent for its own reasons looks the same; a ping of growing size decides.",
	},
	why = _"no ICMP from the path",
	advise = {
		now = { _"Let ICMP type 3 (all codes), 11 and 12 in at the own firewall; in IPv6 types 1, 2, 3 and 4." },
		verify = { _"Send pings of 1500 bytes that may not be fragmented. This filter must show an echo reply or a \"too big\": icmp.type==0 || icmp.type==3 || icmpv6.type==129 || icmpv6.type==2" },
		isp = _"No ICMP error reaches us from the path to {peer}. Which ICMP types do you drop at the edge? Needed are type 3 with all codes, 11 and 12, in IPv6 types 1, 2, 3 and 4 (RFC 4890 4.3.1).",
		admin = { _"ASA: icmp permit any unreachable outside, a second capture with match icmp any any; Linux: nft list ruleset" },
	},
	references = { "RFC 2979 3.1.1", "RFC 4890 4.3.1", "RFC 4890 4.3.2" },
	when = function(t, c)
		if c.sees.icmp ~= "yes" or not c.icmp_seen or c.icmp_seen.errors > 0 or c.icmp_seen.replies > 0 or not t.both_ways then return nil end
		for i, side in ipairs { "a", "b" } do
			local p, peer = t.pmtu[side], other(side)
			local ike = (p.large_unanswered or 0) >= 3 and p.large_unanswered_df and (p.small_answered_before or p.small_answered_after)
			local esp = vanish(p)
			if (ike or esp) and t.vantage.side ~= peer then
				local asked, seen = 0, {}
				append(seen, ike and p.large_unanswered_frames or p.esp_large_frames)
				for k, g in ipairs(t.pings or {}) do
					if g.to == peer and g.answered == 0 then
						asked = asked + g.asked
						append(seen, g.frames)
					end
				end
				return {
					confidence = asked >= 3 and "likely" or "possible", culprit = "path", frames = seen,
					args = { peer = address(t, peer), asked = count(asked), frames = frames(seen) },
				}
			end
		end
	end,
	tests = {
		{ name = "large packets and pings unanswered",
		  tunnel = { pings = { { from = "198.51.100.10", to = "b", asked = 5, answered = 0, frames = { 3, 7 } } },
		             pmtu = { a = { esp_large_out = 9, esp_large_partner = 0, esp_large_unheard = 9, esp_small_partner = 9, esp_large_frames = { 20, 21 } }, b = { esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_partner = 0 } } },
		  capture = { icmp_seen = { errors = 0, requests = 5, replies = 0 } }, expect = { confidence = "likely", severity = "medium" } },
		{ name = "only the large packets",
		  tunnel = { pmtu = { a = { esp_large_out = 9, esp_large_partner = 0, esp_large_unheard = 9, esp_small_partner = 9, esp_large_frames = { 20, 21 } }, b = { esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_partner = 0 } } },
		  capture = { icmp_seen = { errors = 0, requests = 0, replies = 0 } }, expect = { confidence = "possible" } },
		{ name = "pings alone may be unanswered",
		  tunnel = { pings = { { from = "198.51.100.10", to = "b", asked = 5, answered = 0, frames = { 3, 7 } } },
		             pmtu = { a = { esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_partner = 0 }, b = { esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_partner = 0 } } },
		  capture = { icmp_seen = { errors = 0, requests = 5, replies = 0 } }, expect = "nothing" },
		{ name = "an ICMP error is there",
		  tunnel = { pmtu = { a = { esp_large_out = 9, esp_large_partner = 0, esp_large_unheard = 9, esp_small_partner = 9, esp_large_frames = { 20, 21 } }, b = { esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_partner = 0 } } },
		  capture = { icmp_seen = { errors = 1, requests = 0, replies = 0 } }, expect = "nothing" },
		{ name = "the recording may hide ICMP",
		  tunnel = { pmtu = { a = { esp_large_out = 9, esp_large_partner = 0, esp_large_unheard = 9, esp_small_partner = 9, esp_large_frames = { 20, 21 } }, b = { esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_partner = 0 } } },
		  capture = { icmp_seen = { errors = 0, requests = 0, replies = 0 }, sees = { both_ways = "yes", icmp = "unknown", frags = "yes", esp = "yes", p4500 = "yes" } }, expect = "nothing" },
	},
}
