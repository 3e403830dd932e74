-- Loss that follows the load: nothing below a rate, much above it; or gaps that are long and come with each burst.
local SECONDS, QUIET_SHARE, BELOW, BURST, RUNS = 10, 0.005, 100, 3, 10

return rule {
	id = "path.loss.policer", step = "reachability", severity = "medium", scope = "tunnel",
	trigger = { "flows" },
	title = _"Loss sets in above a rate or in steps",
	say = {
		likely = _"Packets of {sender} are lost only when many are sent: {above} in seconds with {rate} packets and more, {below} in the others ({frames}). A rate limit on the path drops the rest. A line that is full at that rate looks the same; its bandwidth decides.",
		possible = _"Packets of {sender} are lost in bursts: {lost} in {runs} gaps of {length} packets on average ({frames}), as behind a rate limit. A full queue or a radio link looks the same; a test at half the rate decides.",
	},
	why = _"{lost} lost, in bursts",
	advise = {
		now = { _"Send at half the rate for a minute: does the loss stop?", _"Shape the traffic of {sender} below the rate that was bought." },
		verify = { _"Send at the lower rate. At {receiver} the sequence numbers must rise without gaps; this filter shows them: esp.sequence && ip.src=={sender}" },
		isp = _"ESP and UDP from {sender} to {receiver} is lost above a rate. Is a policer or an anti-DDoS profile on UDP 500, 4500, protocol 50 or fragments of these hosts? Rate and burst, please.",
		admin = { _"Cisco: show policy-map interface; Linux: tc -s qdisc show dev IF" },
	},
	explains = { "data.esp.loss" },
	references = { "RFC 2697", "RFC 7680" },
	when = function(t, c)
		for i, side in ipairs { "a", "b" } do
			local p, lost, runs, seen, last = t.policed and t.policed[side], 0, 0, {}, 0
			for k, f in ipairs(t.flows) do
				if f.from == side then
					lost, runs, last = lost + f.lost, runs + (f.runs or 0), math.max(last, f.last)
					seen[#seen + 1] = f.first_frame
					seen[#seen + 1] = f.last_frame
				end
			end
			if p and side ~= t.vantage.side and t.vantage.side ~= "unknown" and p.lossy >= SECONDS and not c.recorder_loss and not c.drops then
				local steep = p.below_offered >= BELOW and p.below_lost / p.below_offered <= QUIET_SHARE
				if steep or (runs >= RUNS and lost / runs >= BURST) then
					return {
						confidence = steep and "likely" or "possible", culprit = "path", frames = seen, at = last, filter = "esp",
						args = { sender = address(t, side), receiver = address(t, other(side)), above = count(p.above_lost, p.above_offered), below = count(p.below_lost, p.below_offered), rate = count(p.rate),
						         lost = count(lost), runs = count(runs), length = string.format("%.1f", runs > 0 and lost / runs or 0), frames = frames(seen) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "nothing lost below 64 packets a second",
		  tunnel = { flows = { { from = "b", lost = 400, runs = 300, last = 90, first_frame = 9, last_frame = 900 } },
		             policed = { b = { rate = 64, below_offered = 900, below_lost = 1, above_offered = 4000, above_lost = 399, seconds = 40, lossy = 35 } } },
		  expect = { confidence = "likely", culprit = "path", severity = "medium", text_has = "399 of 4,000" } },
		{ name = "gaps of five packets, fourteen times",
		  tunnel = { flows = { { from = "b", lost = 70, runs = 14, last = 90, first_frame = 9, last_frame = 900 } },
		             policed = { b = { rate = 2, below_offered = 0, below_lost = 0, above_offered = 181, above_lost = 70, seconds = 18, lossy = 14 } } }, expect = { confidence = "possible", text_has = "5.0 packets" } },
		{ name = "single packets, at any rate",
		  tunnel = { flows = { { from = "b", lost = 70, runs = 66, last = 90, first_frame = 9, last_frame = 900 } },
		             policed = { b = { rate = 2, below_offered = 0, below_lost = 0, above_offered = 1810, above_lost = 70, seconds = 18, lossy = 14 } } }, expect = "nothing" },
		{ name = "the recorder loses packets itself",
		  tunnel = { flows = { { from = "b", lost = 70, runs = 14, last = 90, first_frame = 9, last_frame = 900 } },
		             policed = { b = { rate = 2, below_offered = 0, below_lost = 0, above_offered = 181, above_lost = 70, seconds = 18, lossy = 14 } } },
		  capture = { recorder_loss = { lost = 9, of = 90 } }, expect = "nothing" },
	},
}
