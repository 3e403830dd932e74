local TRAINS, SHARE = 3, 0.20

return rule {
	id = "path.frag.disorder", step = "reachability", severity = "low", scope = "tunnel",
	trigger = { "fragments" },
	title = _"Later fragments overtake the first",
	say = {
		confirmed = _"IP fragments of {sender} arrive out of order: in {n} fragmented packets a later piece comes before the first ({frames}). Gateways and NATs that need the ports of the first piece may drop such packets.",
		likely = _"IP fragments of {sender} arrive out of order: in {n} fragmented packets a later piece comes before the first ({frames}), and a fragmented request of {sender} gets no answer. A gateway or NAT that needs the ports of the first piece drops such packets. A request that {receiver} refuses in silence looks the same; its log decides.",
	},
	sure = { confirmed = "the order of what arrived is here, and nothing is said of the outcome" },
	why = _"fragments out of order in {n} packets",
	advise = {
		now = { _"Switch on IKE fragmentation on both sides, so that IKE needs no IP fragments." },
		verify = { _"Connect again and record at {receiver}. Of each packet, the piece with offset 0 must come first; this filter shows the pieces: ip.src=={sender} && (ip.flags.mf==1 || ip.frag_offset>0)" },
		isp = _"Please share load by flow, on the addresses: fragments of one datagram from {sender} to {receiver} are reordered, as per-packet load sharing does. A NAT has to accept that order (RFC 4787 REQ-14), gateways often do not.",
		admin = { _"IOS: ip cef load-sharing per-destination; ASA: show fragment, fragment timeout" },
	},
	references = { "RFC 4787 REQ-14", "RFC 8900 3.3" },
	when = function(t, c)
		for i, side in ipairs { "a", "b" } do
			local d = t.fragments[side]
			if side ~= t.vantage.side and (d.disorder or 0) > 0 and d.trains >= TRAINS and d.disorder / d.trains >= SHARE then
				local hurt = false
				for k, x in ipairs(t.unanswered or {}) do
					hurt = hurt or x.from == side and (x.pieces or 1) > 1 and x.quiet
				end
				return {
					confidence = hurt and "likely" or "confirmed", culprit = "path", frames = d.disorder_frames, severity = hurt and "medium" or nil,
					args = { sender = address(t, side), receiver = address(t, other(side)), n = count(d.disorder, d.trains), frames = frames(d.disorder_frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "two of five", tunnel = { fragments = { a = { trains = 0 }, b = { trains = 5, disorder = 2, disorder_frames = { 7, 9 } } } }, expect = { confidence = "confirmed", severity = "low", culprit = "path" } },
		{ name = "and no answer to a fragmented request",
		  tunnel = { unanswered = { { from = "b", pieces = 2, quiet = true } }, fragments = { a = { trains = 0 }, b = { trains = 5, disorder = 2, disorder_frames = { 7, 9 } } } }, expect = { confidence = "likely", severity = "medium" } },
		{ name = "one of twenty", tunnel = { fragments = { a = { trains = 0 }, b = { trains = 20, disorder = 1, disorder_frames = { 7 } } } }, expect = "nothing" },
		{ name = "what this host sends itself is not yet on the path", tunnel = { fragments = { b = { trains = 0 }, a = { trains = 5, disorder = 5, disorder_frames = { 7, 9 } } } }, expect = "nothing" },
	},
}
