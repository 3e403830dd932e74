-- One sender, many receivers: no tunnel between two (routing protocols under AH).
local function multicast(address)
	if has(address, ":") then return starts(address, "ff") end
	local first = tonumber(string.sub(address, 1, 3)) or 0
	return first >= 224 and first <= 239
end

local LEAST, MUCH = 3, 0.01

return rule {
	id = "data.esp.reorder", step = "data", severity = "medium", scope = "tunnel",
	trigger = { "flows" },
	title = _"Reordering exceeds the replay window",
	say = {
		confirmed = _"ESP of {sender} arrives far out of order: {late} packets are 32 numbers late or more, {late_64} of them 64, {late_1024} of them 1024 ({spi}, {frames}). A receiver with a replay window of that size discards them, although they arrived.",
	},
	sure = { confirmed = "the numbers of what arrived are here" },
	why = _"{late} packets late by 32 numbers or more",
	advise = {
		now = { _"Enlarge the replay window at {receiver} to 1024.", _"Let packets of different classes use different SAs, or mark them alike before encryption." },
		verify = { _"The replay counter of {receiver} stands still." },
		isp = _"ESP from {sender} to {receiver} is reordered by more than 32 packets. Is load shared packet by packet, or are the DSCP classes of this flow queued apart? Please keep the flow on one path and in one queue.",
		admin = { _"IOS: crypto ipsec security-association replay window-size 1024; ASA: crypto ipsec security-association replay window-size 1024", _"strongSwan: replay_window = 1024; Linux: /proc/net/xfrm_stat, XfrmInStateSeqError" },
	},
	references = { "RFC 4303 3.4.3", "RFC 4301 4.1" },
	when = function(t, c)
		if multicast(address(t, "a")) or multicast(address(t, "b")) then return nil end
		local worst
		for i, f in ipairs(t.flows) do
			if f.from ~= t.vantage.side and (f.late_32 or 0) >= LEAST and not f.restart and (not worst or f.late_32 > worst.late_32) then worst = f end
		end
		if not worst then return nil end
		local seen = { worst.first_frame, worst.last_frame }
		return {
			confidence = "confirmed", culprit = "path", frames = seen, at = worst.last, filter = "esp.spi==" .. worst.spi,
			severity = worst.late_32 / worst.packets >= MUCH and "high" or nil,
			args = { sender = address(t, worst.from), receiver = address(t, other(worst.from)), spi = worst.spi, late = count(worst.late_32, worst.packets), late_64 = count(worst.late_64), late_1024 = count(worst.late_1024), frames = frames(seen) },
		}
	end,
	tests = {
		{ name = "forty of a thousand",
		  tunnel = { flows = { { from = "b", spi = "0x00000001", packets = 1000, late_32 = 40, late_64 = 12, late_1024 = 0, last = 9, first_frame = 5, last_frame = 900 } } }, expect = { confidence = "confirmed", severity = "high", culprit = "path" } },
		{ name = "four of a thousand", tunnel = { flows = { { from = "b", spi = "0x00000001", packets = 1000, late_32 = 4, late_64 = 0, late_1024 = 0, last = 9, first_frame = 5, last_frame = 900 } } }, expect = { severity = "medium" } },
		{ name = "a few numbers late are no harm", tunnel = { flows = { { from = "b", spi = "0x00000001", packets = 1000, reordered = 90, late_32 = 0, late_64 = 0, late_1024 = 0, last = 9, first_frame = 5, last_frame = 900 } } }, expect = "nothing" },
		{ name = "what this host sends itself", tunnel = { flows = { { from = "a", spi = "0x00000001", packets = 1000, late_32 = 40, late_64 = 12, late_1024 = 0, last = 9, first_frame = 5, last_frame = 900 } } }, expect = "nothing" },
		{ name = "the sender began anew: data.esp.seq_restart", tunnel = { flows = { { from = "b", spi = "0x00000001", packets = 1000, late_32 = 40, late_64 = 12, late_1024 = 9, restart = { count = 1 }, last = 9, first_frame = 5, last_frame = 900 } } }, expect = "nothing" },
		{ name = "to a group of receivers", tunnel = { ends = { a = "ff02::5", b = "fe80::1" }, flows = { { from = "b", spi = "0x00000001", packets = 1000, late_32 = 40, late_64 = 12, late_1024 = 0, last = 9, first_frame = 5, last_frame = 900 } } }, expect = "nothing" },
	},
}
