return rule {
	id = "path.pmtu.ptb_ignored", step = "reachability", severity = "high", scope = "tunnel",
	trigger = { "icmp" },
	title = _"The path said \"too big\", the sender kept sending big packets",
	say = {
		confirmed = _"{sender} ignores the path: {source} says that packets above {mtu} do not fit ({warnings}), yet {sender} sends {large} larger ones with DF set afterwards ({frames}).",
		likely = _"{sender} does not learn the path MTU: {source} says that packets above {mtu} do not fit, yet {large} larger ones with DF set follow ({frames}). A filter in front of {sender} discards the message, or {sender} ignores it.",
	},
	sure = {
		confirmed = "recorded at the sender: the error and the larger packets after it are here",
		likely = "the error and the larger packets are here, and both causes are named",
	},
	why = _"{large} packets above {mtu} after the warning",
	advise = {
		now = { _"Lower MTU or TCP MSS at {sender} by hand, so that no packet exceeds {mtu}." },
		verify = { _"Send large data through the tunnel. This filter must show no frame: icmp.type==3 && icmp.code==4 || icmpv6.type==2" },
		admin = { _"Does a filter at {sender} discard inbound ICMP type 3 code 4?", _"ASA: show crypto ipsec sa (path mtu), syslog 602103 and 602104",
		          _"ASA: sysopt connection tcpmss 1350; IOS: ip tcp adjust-mss 1360" },
	},
	explains = { "ike.auth.no_reply", "data.esp.large_lost", "data.esp.one_way", "path.pmtu.blackhole", "path.pmtu.v6" },
	references = { "RFC 4301 8.2.1", "RFC 1191 3", "RFC 8201 4" },
	when = function(t, c)
		-- RFC 1191 3: routers before it told no size; each error after the first is about another large packet
		for _, g in ipairs(t.icmp) do
			if g.name == "frag_needed" and g.matched and g.mtu == 0 and g.count >= 3 and g.last - g.first > 1 then
				local at_sender = t.vantage.side == g.quoted_from
				return {
					confidence = at_sender and "confirmed" or "likely", culprit = at_sender and "local" or "path", frames = g.frames,
					args = { source = g.source, sender = address(t, g.quoted_from), mtu = bytes(g.quoted_len - 1), large = count(g.count - 1), frames = frames(g.frames), warnings = frames({ g.frames[1] }) },
				}
			end
		end
		for _, side in ipairs { "a", "b" } do
			local p = t.pmtu[side]
			if p.mtu and p.mtu >= 576 and p.large_after >= 3 then
				local at_sender = t.vantage.side == side
				return {
					confidence = at_sender and "confirmed" or "likely", culprit = at_sender and "local" or "path",
					frames = append({}, p.mtu_frames, p.large_after_frames),
					args = { source = p.mtu_source, sender = address(t, side), mtu = bytes(p.mtu), large = count(p.large_after),
					         frames = frames(p.large_after_frames), warnings = frames(p.mtu_frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "seven large packets after the error, recorded at the sender",
		  tunnel = { icmp = { {} }, pmtu = { a = { mtu = 1300, mtu_source = "192.0.2.1", mtu_frames = { 9 }, large_after = 7, large_after_frames = { 11, 12 } }, b = { large_after = 0 } } },
		  expect = { confidence = "confirmed", culprit = "local" } },
		{ name = "an old router tells no size, and six large packets draw six errors",
		  tunnel = { icmp = { { name = "frag_needed", matched = true, mtu = 0, count = 6, first = 1, last = 3, quoted_from = "a", quoted_len = 1412, source = "192.0.2.1", frames = { 9, 11 } } },
		             pmtu = { a = { large_after = 0 }, b = { large_after = 0 } } },
		  expect = { confidence = "confirmed", culprit = "local" } },
		{ name = "recorded in the middle",
		  tunnel = { vantage = { side = "middle" }, icmp = { {} }, pmtu = { a = { mtu = 1300, mtu_source = "192.0.2.1", mtu_frames = { 9 }, large_after = 7, large_after_frames = { 11, 12 } }, b = { large_after = 0 } } },
		  expect = { confidence = "likely", culprit = "path" } },
		{ name = "nothing large follows",
		  tunnel = { icmp = { {} }, pmtu = { a = { mtu = 1300, mtu_source = "192.0.2.1", mtu_frames = { 9 }, large_after = 1, large_after_frames = { 11 } }, b = { large_after = 0 } } },
		  expect = "nothing" },
	},
}
