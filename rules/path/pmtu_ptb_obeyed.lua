return rule {
	id = "path.pmtu.ptb_obeyed", step = "reachability", severity = "info", scope = "tunnel",
	trigger = { "icmp" },
	title = _"The path said \"too big\" and the sender listened",
	say = {
		confirmed = _"{source} says that packets above {mtu} do not fit ({frames}), and {sender} sends no larger ones afterwards: path MTU discovery works.",
	},
	sure = { confirmed = "the error and the smaller packets after it are here" },
	why = _"path MTU {mtu}",
	advise = {},
	references = { "RFC 1191 3", "RFC 8201 4" },
	when = function(t, c)
		for _, side in ipairs { "a", "b" } do
			local p = t.pmtu[side]
			local least = has(t.ends[side], ":") and 1280 or 576
			if p.mtu and p.mtu >= least and p.large_after < 3 then
				return {
					confidence = "confirmed", culprit = "none", frames = p.mtu_frames, filter = "icmp.type==3 && icmp.code==4 || icmpv6.type==2",
					args = { source = p.mtu_source, sender = address(t, side), mtu = bytes(p.mtu), frames = frames(p.mtu_frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "one error, no large packet after it",
		  tunnel = { icmp = { {} }, pmtu = { a = { mtu = 1300, mtu_source = "192.0.2.1", mtu_frames = { 9 }, large_after = 0 }, b = { large_after = 0 } } },
		  expect = { confidence = "confirmed", severity = "info" } },
		{ name = "the sender goes on with large packets",
		  tunnel = { icmp = { {} }, pmtu = { a = { mtu = 1300, mtu_source = "192.0.2.1", mtu_frames = { 9 }, large_after = 7 }, b = { large_after = 0 } } },
		  expect = "nothing" },
	},
}
