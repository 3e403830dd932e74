local LIMIT = 0.9 * 2 ^ 32

return rule {
	id = "data.esp.seq_exhausted", step = "data", severity = "medium", scope = "tunnel",
	trigger = { "flows" },
	title = _"The sequence counter is near its end",
	say = {
		likely = _"{sender} has used {percent} percent of the sequence numbers of its SA ({spi}, {frames}) and no rekey follows. Without extended numbers the SA ends when they are used up.",
	},
	sure = { likely = "the numbers are in clear text; where extended numbers are in use is told" },
	why = _"{percent} percent of the numbers used",
	advise = {
		now = { _"Shorten the lifetime of the ESP SA, by time or by volume, or agree on extended sequence numbers (ESN)." },
		verify = { _"Wait for the rekey. {sender} must use a new SPI long before the counter ends, and after it this filter must show no frame: esp.spi=={spi}" },
		admin = { _"strongSwan: rekey_time, rekey_packets, esp_proposals ...-esn; ASA, IOS: set security-association lifetime kilobytes" },
	},
	references = { "RFC 4303 3.3.3", "RFC 4303 2.2.1" },
	when = function(t, c)
		for i, f in ipairs(t.flows) do
			local renewed = false
			for k, g in ipairs(t.flows) do
				renewed = renewed or g.from == f.from and g.first > f.first and g.last >= f.last
			end
			if f.seq_last > LIMIT and not f.wrapped and not renewed then
				local seen = { f.last_frame }
				return {
					confidence = "likely", culprit = f.from == t.vantage.side and "local" or "peer", frames = seen, at = f.last, filter = "esp.spi==" .. f.spi,
					args = { sender = address(t, f.from), spi = f.spi, percent = string.format("%.1f", 100 * f.seq_last / 2 ^ 32), frames = frames(seen) },
				}
			end
		end
	end,
	tests = {
		{ name = "number 4200000000", tunnel = { flows = { { from = "a", spi = "0x00000001", seq_last = 4200000000, wrapped = false, first = 1, last = 9, last_frame = 77 } } }, expect = { confidence = "likely", culprit = "local", severity = "medium", text_has = "97.8" } },
		{ name = "past the end: extended numbers", tunnel = { flows = { { from = "a", spi = "0x00000001", seq_last = 4200000000, wrapped = true, first = 1, last = 9, last_frame = 77 } } }, expect = "nothing" },
		{ name = "renewed in time", tunnel = { flows = { { from = "a", spi = "0x00000001", seq_last = 4200000000, wrapped = false, first = 1, last = 9, last_frame = 77 }, { from = "a", spi = "0x00000002", seq_last = 40, first = 8, last = 12, last_frame = 90 } } }, expect = "nothing" },
		{ name = "number 5000", tunnel = { flows = { { from = "a", spi = "0x00000001", seq_last = 5000, wrapped = false, first = 1, last = 9, last_frame = 77 } } }, expect = "nothing" },
	},
}
