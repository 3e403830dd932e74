-- One sender, many receivers: no tunnel between two (routing protocols under AH).
local function multicast(address)
	if has(address, ":") then return starts(address, "ff") end
	local first = tonumber(string.sub(address, 1, 3)) or 0
	return first >= 224 and first <= 239
end

return rule {
	id = "data.esp.replay", step = "data", severity = "low", scope = "tunnel",
	trigger = { "flows" },
	title = _"The same ESP packet arrives twice",
	say = {
		possible = _"{n} ESP packets of {sender} arrive twice ({spi}, {frames}), and packets with this SPI also come from {foreign}: somebody replays them. A sender with a second line looks the same; the routing of {sender} decides. The receiver discards the second copy.",
		likely = _"{n} of {all} ESP packets from {sender} arrive twice ({spi}, {frames}), more than 5 ms apart: the network doubles them, or somebody replays them. The receiver discards the second copy.",
	},
	sure = { likely = "a mirror port doubles within 5 ms; both causes are named" },
	why = _"{n} ESP packets twice",
	advise = {
		now = { _"Look for two paths that carry the same packets (link aggregation, mirrored ports, a wireless bridge)." },
		verify = { _"Record again at the receiver of {sender}. No sequence number of a SPI may come twice; this filter shows them: esp.sequence && ip.src=={sender}" },
		admin = { _"ASA: 402119 anti-replay in the log; Linux: /proc/net/xfrm_stat, XfrmInStateSeqError" },
	},
	references = { "RFC 4303 3.4.3" },
	when = function(t, c)
		if multicast(address(t, "a")) or multicast(address(t, "b")) then return nil end
		local worst
		for i, f in ipairs(t.flows) do
			if f.from ~= t.vantage.side and f.duplicates >= 3 and f.duplicates / f.packets >= 0.01 and (not worst or f.duplicates > worst.duplicates) then worst = f end
		end
		if not worst then return nil end
		local x = worst.foreign
		local seen = x and { worst.first_frame, x.frame } or { worst.first_frame, worst.last_frame }
		return {
			confidence = x and "possible" or "likely", culprit = "path", frames = seen, at = worst.last, filter = "esp.spi==" .. worst.spi,
			severity = (x or worst.duplicates / worst.packets >= 0.2) and "medium" or nil,
			args = { sender = address(t, worst.from), n = count(worst.duplicates), all = count(worst.packets), spi = worst.spi, foreign = x and x.source or "", frames = frames(seen) },
		}
	end,
	tests = {
		{ name = "ten of a hundred", tunnel = { flows = { { from = "b", spi = "0x00000001", packets = 100, duplicates = 10, last = 9, first_frame = 5, last_frame = 90 } } }, expect = { confidence = "likely", severity = "low" } },
		{ name = "and from another source", tunnel = { flows = { { from = "b", spi = "0x00000001", packets = 100, duplicates = 10, last = 9, first_frame = 5, last_frame = 90, foreign = { source = "192.0.2.66", packets = 10, frame = 60 } } } },
		  expect = { confidence = "possible", severity = "medium", text_has = "192.0.2.66" } },
		{ name = "none", tunnel = { flows = { { from = "b", spi = "0x00000001", packets = 100, duplicates = 0, last = 9, first_frame = 5, last_frame = 90 } } }, expect = "nothing" },
		{ name = "to a group of receivers", tunnel = { ends = { a = "ff02::5", b = "fe80::1" }, flows = { { from = "b", spi = "0x00000001", packets = 100, duplicates = 10, last = 9, first_frame = 5, last_frame = 90 } } }, expect = "nothing" },
	},
}
