-- The same IKE message twice within the time of one way, under other addresses: two recordings were joined.
local TWINS = 2

return rule {
	id = "cap.both_sides_of_nat", step = "capture", severity = "medium", scope = "capture",
	trigger = { "nat_twins" },
	title = _"Both sides of an address translator in one file",
	say = {
		confirmed = _"This file holds both sides of an address translator: {n} IKE messages are in it twice, under different addresses ({frames}). Ports that seem to change and data that seems to flow one way say nothing here.",
	},
	sure = { confirmed = "both copies of each message are in the file" },
	why = _"both sides of a translator in one file",
	advise = {
		now = { _"Judge the two recordings apart, or as a pair: ikescope compare NEAR FAR." },
		verify = { _"Each message is in its file once. Filter: isakmp" },
		admin = { _"Do not join recordings of both ends with mergecap; tcpdump -i IF instead of -i any on the translator" },
	},
	explains = { "nat.mapping_changed", "nat.mapping_expired", "nat.symmetric_or_balancer", "life.mobike.failed", "data.esp.one_way", "data.esp.unknown_spi", "data.esp.old_sa_after_rekey",
	             "path.reply.other_address", "life.dpd.dead", "peer.silent" },
	references = { "RFC 2663 2" },
	when = function(c)
		if c.nat_twins.count < TWINS then return nil end
		return { confidence = "confirmed", culprit = "capture", frames = c.nat_twins.frames, args = { n = count(c.nat_twins.count), frames = frames(c.nat_twins.frames) } }
	end,
	tests = {
		{ name = "four messages twice", capture = { nat_twins = { count = 4, frames = { 2, 4 } } }, expect = { confidence = "confirmed", culprit = "capture", severity = "medium" } },
		{ name = "a single one may be chance", capture = { nat_twins = { count = 1, frames = { 2 } } }, expect = "nothing" },
		{ name = "none", capture = {}, expect = "nothing" },
	},
}
