-- Both ends: losses come in runs, where much is sent.
local PACKETS, LOST = 50, 10

-- Share lost in the busier half of the time, and in the calmer one.
local function by_load(bins)
	local sorted, of = {}, { { sent = 0, lost = 0 }, { sent = 0, lost = 0 } }
	for i, n in ipairs(bins.sent) do
		if n > 0 then sorted[#sorted + 1] = { n, bins.lost[i] } end
	end
	table.sort(sorted, function(x, y) return x[1] < y[1] end)
	for i, x in ipairs(sorted) do
		local half = of[i > #sorted / 2 and 2 or 1]
		half.sent, half.lost = half.sent + x[1], half.lost + x[2]
	end
	return of[1], of[2]
end

return rule {
	id = "path.loss.policer", step = "reachability", severity = "medium", scope = "ends",
	trigger = { "ways" },
	title = _"Loss sets in above a rate or in steps",
	say = {
		confirmed = _"The path from {sender} to {receiver} loses {class} where much is sent: {lost} packets in runs of up to {longest} ({frames}), {busy} in the busy half of the time and {calm} in the calm one.",
		likely = _"The path from {sender} to {receiver} loses {class} in runs: {lost} packets, {mean} in a row on the average, up to {longest} ({frames}).",
	},
	why = _"{lost} from {sender} lost in runs",
	advise = {
		now = { _"Ask for the contracted rate and its burst; shape below it on {sender}." },
		verify = { _"No packet is lost at half the rate." },
		isp = _"ESP and UDP from {sender} to {receiver} is lost in runs: {lost} packets, up to {longest} in a row; we recorded at both ends. Is a policer or an anti-DDoS profile on UDP 500, 4500, protocol 50 or fragments of these hosts? Rate and burst, please.",
		admin = { _"tc qdisc (Linux), policy-map with shape (IOS)" },
	},
	explains = { "data.esp.loss", "path.loss.random", "data.qos.ike_starved" },
	references = { "RFC 2697", "RFC 7680" },
	when = function(e, near, far)
		local NAMES = { ike_500 = "IKE (UDP 500)", ike_4500 = "IKE (UDP 4500)", esp = "ESP", esp_udp = "ESP in UDP", ah = "AH" }
		for i, side in ipairs { "a", "b" } do
			for n, name in ipairs { "esp", "esp_udp", "ah", "ike_500", "ike_4500" } do
				local k = e.ways[side].classes[name]
				if k and k.sent >= PACKETS and k.lost >= LOST and k.arrived > 0 and k.lost < 0.9 * k.sent and not k.limit and not k.shape.period and not k.shape.stop and k.shape.mean >= 3 and k.shape.longest >= 5 and k.shape.runs >= 2 then
					local calm, busy = by_load(k.shape.bins)
					local sure = busy.sent > 0 and calm.sent > 0 and busy.lost / busy.sent >= 5 * (calm.lost + 1) / (calm.sent + 1)
					return { confidence = sure and "confirmed" or "likely", culprit = "path", frames = k.frames, at = k.last_lost,
					         args = { sender = address(e, side), receiver = address(e, other(side)), class = NAMES[name], lost = count(k.lost, k.sent), longest = count(k.shape.longest), mean = string.format("%.1f", k.shape.mean),
					                  busy = count(busy.lost, busy.sent), calm = count(calm.lost, calm.sent), frames = frames(k.frames) } }
				end
			end
		end
	end,
	tests = {
		{ name = "in runs, in the busy half", ends = { ways = { a = { classes = { esp = { sent = 400, arrived = 300, lost = 100, frames = { 3 }, last_lost = 90, shape = { runs = 4, mean = 25, longest = 40, bins = { width = 1, sent = { 50, 150, 50, 150 }, lost = { 0, 50, 0, 50 } } } } } }, b = { classes = {} } } },
		  expect = { confidence = "confirmed", text_has = "100 of 300" } },
		{ name = "in runs at any load", ends = { ways = { a = { classes = { esp = { sent = 400, arrived = 300, lost = 100, frames = { 3 }, last_lost = 90, shape = { runs = 4, mean = 25, longest = 40, bins = { width = 1, sent = { 100, 100, 100, 100 }, lost = { 25, 25, 25, 25 } } } } } }, b = { classes = {} } } },
		  expect = { confidence = "likely" } },
		{ name = "at regular intervals", ends = { ways = { a = { classes = { esp = { sent = 400, arrived = 300, lost = 100, frames = { 3 }, last_lost = 90, shape = { runs = 5, mean = 20, longest = 20, period = { low = 19, high = 21 }, bins = { width = 1, sent = { 100, 100, 100, 100 }, lost = { 25, 25, 25, 25 } } } } } }, b = { classes = {} } } }, expect = "nothing" },
		{ name = "one by one", ends = { ways = { a = { classes = { esp = { sent = 400, arrived = 360, lost = 40, frames = { 3 }, last_lost = 90, shape = { runs = 38, mean = 1.1, longest = 2, bins = { width = 1, sent = { 400 }, lost = { 40 } } } } } }, b = { classes = {} } } }, expect = "nothing" },
	},
}
