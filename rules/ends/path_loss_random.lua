-- Both ends: part of one class is lost, whatever its size and whenever it left.
local PACKETS, LOST, SHARE = 20, 2, 0.01

-- More than that end's own recorder may have missed.
local function beyond_recorder(e, receiver, k)
	local d = e.drops[receiver]
	return d.unsent == 0 or k.low > d.high
end

-- In steps, or above a rate: then it is a policer's.
local function in_bursts(k)
	return k.shape.mean >= 3 and k.shape.longest >= 5
end

return rule {
	id = "path.loss.random", step = "reachability", severity = "medium", scope = "ends",
	trigger = { "ways" },
	title = _"Packets are lost at random",
	say = {
		confirmed = _"The path from {sender} to {receiver} loses packets: {lost} of {class} are lost, {low} to {high} percent with 95 percent confidence ({frames}), whatever their size.",
		likely = _"The path from {sender} to {receiver} loses packets: {lost} of {class} are lost ({frames}). They are few for a rate: {low} to {high} percent.",
	},
	why = _"{lost} from {sender} lost",
	advise = {
		now = { _"Look at the interface error counters on both ends and at the load of the line." },
		verify = { _"The count of lost packets in a new comparison is zero." },
		isp = _"Please check interface errors, rate limits and scrubbing from {sender} to {receiver}: packets are lost, {lost} of {class}, {low} to {high} percent with 95 percent confidence, from {from} to {until}; we recorded at both ends.",
		admin = { _"ping -c 200 to the peer; mtr; show interface" },
	},
	explains = { "data.esp.loss", "path.latency.high" },
	references = { "RFC 7680" },
	when = function(e, near, far)
		local NAMES = { ike_500 = "IKE (UDP 500)", ike_4500 = "IKE (UDP 4500)", esp = "ESP", esp_udp = "ESP in UDP", ah = "AH", first_fragment = _"first IP fragments", later_fragment = _"later IP fragments" }
		local clean, found = false, {}
		for i, side in ipairs { "a", "b" } do
			for n, name in ipairs { "esp", "esp_udp", "ah", "ike_500", "ike_4500", "first_fragment", "later_fragment" } do
				local k = e.ways[side].classes[name]
				if k and k.sent >= PACKETS and k.lost >= LOST and k.arrived > 0 and k.lost < 0.9 * k.sent and k.lost > SHARE * k.sent and not k.limit and not in_bursts(k) and beyond_recorder(e, other(side), k) then
					found[#found + 1] = { confidence = k.low >= SHARE and "confirmed" or "likely", culprit = "path", frames = k.frames, at = k.last_lost, severity = k.low > 0.05 and "high" or nil,
					         args = { sender = address(e, side), receiver = address(e, other(side)), lost = count(k.lost, k.sent), class = NAMES[name], low = string.format("%.1f", 100 * k.low), high = string.format("%.1f", 100 * k.high),
					                  frames = frames(k.frames), from = time(k.first), ["until"] = time(k.last) } }
				end
				clean = clean or (k and k.sent >= PACKETS and k.lost == 0)
			end
		end
		if #found > 0 then return found end
	end,
	tests = {
		{ name = "one in ten", ends = { ways = { a = { classes = { esp = { sent = 400, arrived = 360, lost = 40, low = 0.07, high = 0.13, frames = { 3 }, first = 1, last = 90, last_lost = 90, shape = { mean = 1.1, longest = 2 } } } }, b = { classes = {} } } },
		  expect = { confidence = "confirmed", severity = "high", text_has = "7.0 to 13.0" } },
		{ name = "two of fifty", ends = { ways = { a = { classes = { esp = { sent = 50, arrived = 48, lost = 2, low = 0.008, high = 0.13, frames = { 3 }, first = 1, last = 90, last_lost = 90, shape = { mean = 1, longest = 1 } } } }, b = { classes = {} } } },
		  expect = { confidence = "likely", severity = "medium" } },
		{ name = "the recorder at that end loses as many",
		  ends = { drops = { a = { unsent = 0 }, b = { unsent = 30, of = 400, low = 0.05, high = 0.11 } }, ways = { a = { classes = { esp = { sent = 400, arrived = 360, lost = 40, low = 0.07, high = 0.13, frames = { 3 }, first = 1, last = 90, last_lost = 90, shape = { mean = 1.1, longest = 2 } } } }, b = { classes = {} } } },
		  expect = "nothing" },
		{ name = "a size divides them", ends = { ways = { a = { classes = { esp = { sent = 400, arrived = 360, lost = 40, low = 0.07, high = 0.13, limit = { arrives = 1400, lost = 1420 }, frames = { 3 }, first = 1, last = 90, last_lost = 90, shape = { mean = 1.1, longest = 2 } } } }, b = { classes = {} } } },
		  expect = "nothing" },
	},
}
