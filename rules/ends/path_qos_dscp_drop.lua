-- Both ends: loss by marking, or markings rewritten.
local EACH, FACTOR = 50, 5

return rule {
	id = "path.qos.dscp_drop", step = "reachability", severity = "medium", scope = "ends",
	trigger = { "ways" },
	title = _"Only packets with one marking are lost, or the marking is rewritten",
	say = {
		confirmed = _"The path from {sender} to {receiver} loses packets by their marking: {lost} with DSCP {dscp} are lost ({frames}), and {others} with other markings.",
		likely = _"The path from {sender} to {receiver} rewrites markings: DSCP {dscp} arrives as {to} in {lost} packets ({frames}).",
	},
	why = _"DSCP {dscp} from {sender}",
	advise = {
		now = { _"Ask the provider which classes the contract carries." },
		verify = { _"Compare two recordings again: the share of lost packets must be the same in all classes. The class in question is: ip.dsfield.dscp=={dscp}" },
		isp = _"From {sender} to {receiver} packets are treated by their DSCP {dscp}: {lost}; we recorded at both ends. Which classes does this line carry, and at what rate?",
		admin = { _"ESP in tunnel mode copies the inner DSCP: classes share one SPI and not one queue, reordering follows" },
	},
	explains = { "data.esp.loss", "path.loss.random", "data.esp.reorder" },
	references = { "RFC 2474", "RFC 2983", "RFC 4301 5.1.2.1" },
	when = function(e, near, far)
		for i, side in ipairs { "a", "b" } do
			for n, name in ipairs { "esp", "esp_udp", "ah" } do
				local k = e.ways[side].classes[name]
				for m, x in ipairs(k and k.marks or {}) do
					local sent, lost = k.sent - x.sent, k.lost - x.lost
					if x.sent >= EACH and sent >= EACH and x.lost > 0 and x.lost / x.sent >= FACTOR * (lost + 1) / sent then
						return { confidence = "confirmed", culprit = "path", frames = k.frames, at = k.last_lost, filter = "ip.dsfield.dscp==" .. x.dscp,
						         args = { sender = address(e, side), receiver = address(e, other(side)), dscp = x.dscp, lost = count(x.lost, x.sent), others = count(lost, sent), to = "", frames = frames(k.frames) } }
					end
				end
			end
			local r = e.ways[side].marks and e.ways[side].marks[1]
			if r and r.packets >= 3 then
				return { confidence = "likely", culprit = "path", frames = r.frames, severity = "info",
				         args = { sender = address(e, side), receiver = address(e, other(side)), dscp = r.from, to = r.to, lost = count(r.packets), others = "", frames = frames(r.frames) } }
			end
		end
	end,
	tests = {
		{ name = "only EF is lost", ends = { ways = { a = { classes = { esp = { sent = 400, lost = 40, frames = { 3 }, last_lost = 9, marks = { { dscp = 46, sent = 100, lost = 40 }, { dscp = 0, sent = 300, lost = 0 } } } } }, b = { classes = {} } } },
		  expect = { confidence = "confirmed", text_has = "DSCP 46" } },
		{ name = "rewritten", ends = { ways = { a = { classes = {}, marks = { { from = 46, to = 0, packets = 20, frames = { 3 } } } }, b = { classes = {} } } }, expect = { confidence = "likely", severity = "info" } },
		{ name = "both lose alike", ends = { ways = { a = { classes = { esp = { sent = 400, lost = 40, frames = { 3 }, last_lost = 9, marks = { { dscp = 46, sent = 100, lost = 10 }, { dscp = 0, sent = 300, lost = 30 } } } } }, b = { classes = {} } } }, expect = "nothing" },
	},
}
