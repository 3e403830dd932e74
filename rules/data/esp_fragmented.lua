local SHARE, LEAST = 0.10, 10

return rule {
	id = "data.esp.fragmented", step = "data", severity = "low", scope = "tunnel",
	trigger = { "data" },
	title = _"Every full-size packet is fragmented after encryption",
	say = {
		confirmed = _"{n} ESP packets of {sender} leave as IP fragments ({frames}). The receiver has to put them together before it can decrypt, and one lost piece costs the whole packet.",
	},
	sure = { confirmed = "the pieces are here" },
	why = _"{n} ESP packets fragmented",
	advise = {
		now = { _"Fragment before encryption, or clamp the TCP MSS, at {sender}." },
		verify = { _"Send large data through the tunnel. This filter must show no frame: ip.src=={sender} && (ip.flags.mf==1 || ip.frag_offset>0)" },
		admin = { _"ASA: crypto ipsec fragmentation before-encryption outside; IOS: crypto ipsec fragmentation before-encryption, ip mtu 1400 on the tunnel" },
	},
	references = { "RFC 4303 3.3.4", "RFC 4303 3.4.1", "RFC 8900 6.1" },
	when = function(t, c)
		for i, side in ipairs { "a", "b" } do
			local d = t.data[side]
			if (d.fragmented or 0) >= LEAST and d.fragmented / d.packets >= SHARE then
				return {
					confidence = "confirmed", culprit = side == t.vantage.side and "local" or "peer", frames = d.fragmented_frames, filter = "ip.flags.mf==1 || ip.frag_offset>0",
					severity = d.fragmented / d.packets >= 0.5 and "medium" or nil,
					args = { sender = address(t, side), n = count(d.fragmented, d.packets), frames = frames(d.fragmented_frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "forty of ninety", tunnel = { data = { a = { packets = 90, fragmented = 40, fragmented_frames = { 7, 8 } }, b = { packets = 80 } } }, expect = { confidence = "confirmed", culprit = "local", severity = "low" } },
		{ name = "most of them", tunnel = { data = { a = { packets = 90, fragmented = 80, fragmented_frames = { 7, 8 } }, b = { packets = 80 } } }, expect = { severity = "medium" } },
		{ name = "five of ninety", tunnel = { data = { a = { packets = 90, fragmented = 5, fragmented_frames = { 7, 8 } }, b = { packets = 80 } } }, expect = "nothing" },
		{ name = "twenty of a thousand", tunnel = { data = { a = { packets = 1000, fragmented = 20, fragmented_frames = { 7, 8 } }, b = { packets = 80 } } }, expect = "nothing" },
	},
}
