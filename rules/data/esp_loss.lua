-- Method E: sequence numbers that never arrive, less what the recorder itself loses (gaps in what the local end sends).
local LEAST_PACKETS, LEAST_HERE, SHARE, HIGH = 20, 5, 0.005, 0.05

-- One sender, many receivers: no tunnel between two (routing protocols under AH).
local function multicast(address)
	if has(address, ":") then return starts(address, "ff") end
	local first = tonumber(string.sub(address, 1, 3)) or 0
	return first >= 224 and first <= 239
end

-- 95 % interval of a share (Wilson).
local function bounds(k, n)
	local z, p = 1.96, k / n
	local mid = (p + z * z / (2 * n)) / (1 + z * z / n)
	local half = z * (p * (1 - p) / n + z * z / (4 * n * n)) ^ 0.5 / (1 + z * z / n)
	return mid - half, mid + half
end

local function expected(f)
	return f.expected or f.seq_last - f.seq_first + 1 -- the sender may have begun anew
end

return rule {
	id = "data.esp.loss", step = "data", severity = "medium", scope = "tunnel",
	trigger = { "flows" },
	title = _"ESP packets are missing",
	say = {
		likely = _"The path from {sender} to {receiver} loses data: {lost} of {all} ESP packets never arrive ({percent} percent, from {low} to {high}; {frames}).",
		possible = _"Data from {sender} to {receiver} is missing: {lost} of {all} ESP packets are not in this recording ({percent} percent, {frames}). A recorder that drops packets looks the same; its drop counter or a second capture decides.",
	},
	sure = { likely = "losses of the recorder are known from what its own host sends, and are lower" },
	why = _"{percent} percent of the data lost",
	advise = {
		now = { _"Look at the interface error counters on the way, and whether the loss follows the load.", _"Record at {sender} at the same time: do the missing packets leave?" },
		verify = { _"Send as much again. The sequence numbers of {sender} must rise without gaps; this filter shows them at {receiver}: esp.sequence && ip.src=={sender}" },
		isp = _"Please check interface errors, rate limits and scrubbing from {sender} to {receiver}: {lost} of {all} packets are lost.",
		admin = { _"ASA: show crypto ipsec sa, show asp drop; Linux: ip -s xfrm state, /proc/net/xfrm_stat" },
	},
	explains = { "path.loss.random" },
	references = { "RFC 4303 2.2" },
	when = function(t, c)
		if multicast(address(t, "a")) or multicast(address(t, "b")) then return nil end
		local own_lost, own_all = 0, 0
		for _, f in ipairs(t.flows) do
			if f.from == t.vantage.side and expected(f) >= LEAST_PACKETS and f.packets >= LEAST_HERE then own_lost, own_all = own_lost + f.lost, own_all + expected(f) end
		end
		local found = {}
		for _, side in ipairs { "a", "b" } do
			local lost, all, seen, last = 0, 0, {}, 0
			for _, f in ipairs(t.flows) do
				if f.from == side and expected(f) >= LEAST_PACKETS and f.packets >= LEAST_HERE and f.lost < 0.95 * expected(f) then
					lost, all, last = lost + f.lost, all + expected(f), math.max(last, f.last)
					seen[#seen + 1] = f.first_frame
					seen[#seen + 1] = f.last_frame
				end
			end
			if side ~= t.vantage.side and all > 0 and lost / all >= SHARE and lost >= 2 then
				local low, high = bounds(lost, all)
				local recorder = 0
				if own_all > 0 then
					local drop_low, drop_high = bounds(own_lost, own_all)
					recorder = own_lost > 0 and drop_high or 0
				end
				local doubt = c.drops or t.vantage.side == "unknown" or own_all == 0
				if low > recorder then
					found[#found + 1] = {
						confidence = doubt and "possible" or "likely", culprit = "path", frames = seen, at = last, filter = "esp",
						severity = low >= HIGH and not doubt and "high" or nil,
						args = { sender = address(t, side), receiver = address(t, other(side)), lost = count(lost), all = count(all), frames = frames(seen),
						         percent = string.format("%.1f", 100 * lost / all), low = string.format("%.1f", 100 * low), high = string.format("%.1f", 100 * high) },
					}
				end
			end
		end
		return #found > 0 and found or nil
	end,
	tests = {
		{ name = "37 of 4200 missing, two of 9000 of our own",
		  tunnel = { flows = { { from = "b", packets = 4163, lost = 37, seq_first = 1, seq_last = 4200, last = 90, first_frame = 9, last_frame = 900 },
		                       { from = "a", packets = 8998, lost = 2, seq_first = 1, seq_last = 9000, last = 90, first_frame = 8, last_frame = 901 } } },
		  expect = { confidence = "likely", culprit = "path", severity = "medium", text_has = "0.9 percent" } },
		{ name = "a fifth is lost",
		  tunnel = { flows = { { from = "b", packets = 160, lost = 40, seq_first = 1, seq_last = 200, last = 90, first_frame = 9, last_frame = 900 },
		                       { from = "a", packets = 200, lost = 0, seq_first = 1, seq_last = 200, last = 90, first_frame = 8, last_frame = 901 } } },
		  expect = { confidence = "likely", severity = "high" } },
		{ name = "nothing of our own to compare with",
		  tunnel = { flows = { { from = "b", packets = 160, lost = 40, seq_first = 1, seq_last = 200, last = 90, first_frame = 9, last_frame = 900 } } },
		  expect = { confidence = "possible" } },
		{ name = "our own packets have the same gaps: the recorder drops",
		  tunnel = { flows = { { from = "b", packets = 160, lost = 40, seq_first = 1, seq_last = 200, last = 90, first_frame = 9, last_frame = 900 },
		                       { from = "a", packets = 160, lost = 40, seq_first = 1, seq_last = 200, last = 90, first_frame = 8, last_frame = 901 } } },
		  expect = "nothing" },
		{ name = "no gap",
		  tunnel = { flows = { { from = "b", packets = 200, lost = 0, seq_first = 1, seq_last = 200, last = 90, first_frame = 9, last_frame = 900 },
		                       { from = "a", packets = 200, lost = 0, seq_first = 1, seq_last = 200, last = 90, first_frame = 8, last_frame = 901 } } },
		  expect = "nothing" },
		{ name = "to a group of receivers",
		  tunnel = { ends = { a = "224.0.0.5", b = "198.51.100.1" }, flows = { { from = "b", packets = 160, lost = 40, seq_first = 1, seq_last = 200, last = 90, first_frame = 9, last_frame = 900 } } }, expect = "nothing" },
	},
}
