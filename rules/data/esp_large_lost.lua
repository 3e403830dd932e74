-- Method C on ESP alone: what is told of a tunnel that is up. Its root is one of path.pmtu.* or path.frag.*.
local LEAST = 5

-- None heard, or the same size repeated at doubling gaps; small ones are answered all the while.
local function vanish(p)
	local repeated = (p.trains_of_resends or 0) > 0 and p.esp_large_out >= LEAST and 3 * p.esp_large_partner <= p.esp_large_out
	return (p.esp_small_partner or 0) >= LEAST and (p.esp_large_unheard >= LEAST and p.esp_large_partner == 0 or repeated)
end

return rule {
	id = "data.esp.large_lost", step = "data", severity = "high", scope = "tunnel",
	trigger = { "pmtu" },
	title = _"Small packets pass the tunnel, large ones do not",
	say = {
		likely = _"Small packets from {sender} pass the tunnel and large ones do not: {large} of {size} and less bring nothing back and are repeated at growing intervals ({frames}), while {small} small ones are answered.",
		possible = _"Small packets from {sender} pass the tunnel and large ones do not: {large} of {size} and less bring nothing back ({frames}), while {small} small ones are answered. An upload that nobody acknowledges looks the same; a ping with 1400 bytes through the tunnel decides.",
	},
	sure = { likely = "only TCP that is not acknowledged repeats one size at growing intervals" },
	why = _"large ESP brings nothing back",
	advise = {
		now = { _"Clamp the TCP MSS of what enters the tunnel to 1350.", _"Ping through the tunnel with growing size." },
		verify = { _"Copy a large file from behind {sender}: it arrives whole. Record at {receiver}. This filter must show frames: esp && ip.src=={sender} && ip.len>1280" },
		isp = _"Please check the MTU from {sender} to {receiver}, and let ICMP type 3 code 4 and IP fragments pass: ESP packets of more than 1280 bytes are not delivered, smaller ones are.",
		admin = { _"ASA: sysopt connection tcpmss 1350; IOS: ip tcp adjust-mss 1360; Linux: nft ... tcp option maxseg size set rt mtu" },
	},
	references = { "RFC 4459 2", "RFC 2923 2" },
	when = function(t, c)
		for i, side in ipairs { "a", "b" } do
			local p = t.pmtu[side]
			if vanish(p) and 2 * p.esp_small_partner >= p.esp_small_out and t.vantage.side ~= other(side) and c.sees.both_ways == "yes" then
				return {
					confidence = p.trains_of_resends > 0 and "likely" or "possible", culprit = "path", frames = p.esp_large_frames, filter = "esp && ip.len>1280",
					args = { sender = address(t, side), receiver = address(t, other(side)), large = count(p.esp_large_out), size = bytes(p.largest), small = count(p.esp_small_partner), frames = frames(p.esp_large_frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "six large ones, repeated",
		  tunnel = { pmtu = { a = { largest = 1412, esp_large_out = 6, esp_large_partner = 0, esp_large_unheard = 6, esp_small_out = 9, esp_small_partner = 9, trains_of_resends = 1, esp_large_frames = { 20, 21 } }, b = { esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 9, esp_small_partner = 9 } } },
		  expect = { confidence = "likely", severity = "high", culprit = "path" } },
		{ name = "without repetition", tunnel = { pmtu = { a = { largest = 1412, esp_large_out = 6, esp_large_partner = 0, esp_large_unheard = 6, esp_small_out = 9, esp_small_partner = 9, trains_of_resends = 0, esp_large_frames = { 20, 21 } }, b = { esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 9, esp_small_partner = 9 } } },
		  expect = { confidence = "possible" } },
		{ name = "repeated at doubling gaps, while the other end speaks unasked too",
		  tunnel = { pmtu = { a = { largest = 1412, esp_large_out = 18, esp_large_partner = 1, esp_large_unheard = 3, esp_small_out = 19, esp_small_partner = 16, trains_of_resends = 1, esp_large_frames = { 20, 21 } }, b = { esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 9, esp_small_partner = 9 } } },
		  expect = { confidence = "likely" } },
		{ name = "short downloads: what comes back may answer the small ones at their end",
		  tunnel = { pmtu = { a = { largest = 1412, esp_large_out = 40, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 50, esp_small_partner = 45, trains_of_resends = 0, esp_large_frames = { 20, 21 } }, b = { esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 60, esp_small_partner = 50 } } },
		  expect = "nothing" },
		{ name = "one large packet had an answer", tunnel = { pmtu = { a = { largest = 1412, esp_large_out = 6, esp_large_partner = 1, esp_large_unheard = 5, esp_small_out = 9, esp_small_partner = 9, trains_of_resends = 0, esp_large_frames = { 20, 21 } }, b = { esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 9, esp_small_partner = 9 } } },
		  expect = "nothing" },
		{ name = "small ones mostly bring nothing back either",
		  tunnel = { pmtu = { a = { largest = 1412, esp_large_out = 6, esp_large_partner = 0, esp_large_unheard = 6, esp_small_out = 90, esp_small_partner = 9, trains_of_resends = 1, esp_large_frames = { 20, 21 } }, b = { esp_large_out = 0, esp_large_partner = 0, esp_large_unheard = 0, esp_small_out = 0, esp_small_partner = 0 } } },
		  expect = "nothing" },
	},
}
