-- Both ends: packets that one recording has as they arrive, and the other lacks as they left.
local LEAST = 3

return rule {
	id = "cap.drops", step = "capture", severity = "low", scope = "ends",
	trigger = { "drops" },
	title = _"The recorder lost packets",
	say = {
		confirmed = _"The recorder at {side} lost packets: {n} that {side} sent are in the other recording and not in its own ({frames}), {low} to {high} percent. As many that arrive there may be missing too, and are no loss of the path.",
	},
	why = _"{n} packets missing at {side}",
	advise = {
		now = { _"Record at {side} again with a filter by host and a larger buffer." },
		verify = { _"Every packet that arrives at the one end is seen leaving the other." },
		admin = { _"tcpdump -B 65536; dumpcap -B 64" },
	},
	references = { "pcapng: Interface Statistics Block" },
	when = function(e, near, far)
		for i, side in ipairs { "a", "b" } do
			local d = e.drops[side]
			if d.unsent >= LEAST and d.low > 0.002 then
				return { confidence = "confirmed", culprit = "capture", frames = d.frames,
				         args = { side = address(e, side), n = count(d.unsent, d.of), low = string.format("%.1f", 100 * d.low), high = string.format("%.1f", 100 * d.high), frames = frames(d.frames) } }
			end
		end
	end,
	tests = {
		{ name = "thirty of four hundred", ends = { drops = { a = { unsent = 30, of = 400, low = 0.05, high = 0.11, frames = { { 1, 9 } } }, b = { unsent = 0, of = 300, low = 0, high = 0.01 } } }, expect = { confidence = "confirmed", culprit = "capture" } },
		{ name = "none", ends = { drops = { a = { unsent = 0, of = 400, low = 0, high = 0.01 }, b = { unsent = 0, of = 300, low = 0, high = 0.01 } } }, expect = "nothing" },
	},
}
