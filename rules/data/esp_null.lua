local SHARE, LEAST = 0.95, 5

return rule {
	id = "data.esp.null", step = "data", severity = "high", scope = "tunnel",
	trigger = { "flows" },
	title = _"Data is not encrypted",
	say = {
		confirmed = _"ESP of {sender} is not encrypted: {n} packets show a whole IP packet in clear text behind the sequence number ({spi}, {frames}). Everybody on the path can read it.",
	},
	sure = { confirmed = "the inner packets are here in clear text" },
	why = _"{n} ESP packets in clear text",
	advise = {
		now = { _"Take NULL encryption out of the ESP proposals of both sides, and use AES-GCM." },
		verify = { _"Renew the tunnel. {sender} must use another SPI, whose packets show no readable inner packet. This filter must show no frame: esp.spi=={spi}" },
		admin = { _"strongSwan: esp_proposals = aes256gcm16-ecp256; ASA, IOS: show crypto ipsec sa (transform esp-null)" },
	},
	references = { "RFC 2410", "RFC 5879" },
	when = function(t, c)
		for i, f in ipairs(t.flows) do
			if f.inner and f.inner.packets >= LEAST and f.inner.packets / f.packets >= SHARE then
				local seen = { f.inner.frame }
				return {
					confidence = "confirmed", culprit = "both", frames = seen, at = f.last, filter = "esp.spi==" .. f.spi,
					args = { sender = address(t, f.from), n = count(f.inner.packets, f.packets), spi = f.spi, frames = frames(seen) },
				}
			end
		end
	end,
	tests = {
		{ name = "every packet shows its inner header", tunnel = { flows = { { from = "a", spi = "0x00000001", packets = 20, inner = { packets = 20, frame = 9 }, last = 9 } } }, expect = { confidence = "confirmed", culprit = "both", severity = "high" } },
		{ name = "one looks like it by chance", tunnel = { flows = { { from = "a", spi = "0x00000001", packets = 20, inner = { packets = 1, frame = 9 }, last = 9 } } }, expect = "nothing" },
		{ name = "encrypted", tunnel = { flows = { { from = "a", spi = "0x00000001", packets = 20, last = 9 } } }, expect = "nothing" },
	},
}
