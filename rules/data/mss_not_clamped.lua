-- One full piece and a short rest, packet after packet: the inner segments are a little too large for the tunnel.
local PAIRS, SHARE = 10, 0.8

return rule {
	id = "data.mss.not_clamped", step = "data", severity = "medium", scope = "tunnel",
	trigger = { "data" },
	title = _"TCP inside the tunnel agrees on segments that do not fit",
	say = {
		likely = _"TCP behind {sender} fills packets that do not fit into the tunnel: {pairs} ESP packets leave as one full IP fragment and one short one ({frames}). Each costs two packets, and is lost with either.",
	},
	sure = { likely = "one full piece and a short rest, packet after packet" },
	why = _"{pairs} ESP packets with a short rest",
	advise = {
		now = { _"Clamp the TCP MSS at both gateways: with AES-GCM and a path of 1500 bytes to 1406, in UDP 4500 to 1398; with AES-CBC and SHA-256 to 1398 and 1382." },
		verify = { _"Open new TCP connections through the tunnel and copy a large file. This filter must show no frame: ip.src=={sender} && (ip.flags.mf==1 || ip.frag_offset>0)" },
		admin = { _"ASA: sysopt connection tcpmss 1350; IOS: ip tcp adjust-mss 1360; Linux: nft ... tcp option maxseg size set 1360" },
	},
	explains = { "data.esp.fragmented" },
	references = { "RFC 4459 3.2", "RFC 4301 8.2" },
	when = function(t, c)
		for i, side in ipairs { "a", "b" } do
			local d = t.data[side]
			if (d.tails or 0) >= PAIRS and d.tails / d.fragmented >= SHARE then
				return {
					confidence = "likely", culprit = side == t.vantage.side and "local" or "peer", frames = d.fragmented_frames, filter = "ip.flags.mf==1 || ip.frag_offset>0",
					args = { sender = address(t, side), pairs = count(d.tails, d.fragmented), frames = frames(d.fragmented_frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "forty pairs", tunnel = { data = { a = { packets = 90, fragmented = 40, tails = 40, fragmented_frames = { 7, 8 } }, b = { packets = 80 } } }, expect = { confidence = "likely", culprit = "local", severity = "medium" } },
		{ name = "large datagrams of another kind", tunnel = { data = { a = { packets = 90, fragmented = 40, tails = 3, fragmented_frames = { 7, 8 } }, b = { packets = 80 } } }, expect = "nothing" },
		{ name = "five pings", tunnel = { data = { a = { packets = 90, fragmented = 5, tails = 5, fragmented_frames = { 7, 8 } }, b = { packets = 80 } } }, expect = "nothing" },
	},
}
