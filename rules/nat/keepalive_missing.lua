local GAP_S = 60

return rule {
	id = "nat.keepalive_missing", step = "reachability", severity = "low", scope = "tunnel",
	trigger = { "nat" },
	title = _"The side behind NAT sends no keepalives",
	say = { confirmed = _"{behind} stands behind a NAT and sends no NAT keepalive in {span} of an established tunnel, silent for up to {pause} ({frames}). When it is quiet for that long, the NAT may forget the way back." },
	why = _"no keepalives from {behind}",
	advise = {
		now = { _"Switch on NAT keepalives at {behind}, every 20 seconds." },
		verify = { _"Leave the tunnel quiet for a minute. This filter must show frames of {behind}: udpencap.nat_keepalive && ip.src=={behind}" },
		admin = { _"ASA: crypto isakmp nat-traversal 20; IOS: crypto isakmp nat keepalive 20; strongSwan: keep_alive; Libreswan: nat-keepalive=yes" },
	},
	references = { "RFC 3948 2.3", "RFC 3948 4" },
	when = function(t, c)
		local n = t.nat
		if not n.behind or not n.certain or not t.established or not t.keepalives or t.keepalives[n.behind] > 0 then return nil end
		if c.sees.p4500 ~= "yes" or not t.both_ways then return nil end -- they would not be here either
		local d = t.data and t.data[n.behind]
		local span = t.span.last - t.established.first
		local rate, l = d and d.packets or 0, t.looks and t.looks[n.behind]
		local pause = l and l.pause or span
		if span < 3 * GAP_S or rate > span / 20 or pause < GAP_S then return nil end -- with traffic every 20 s none is due
		return { confidence = "confirmed", culprit = n.behind == t.vantage.side and "local" or "peer", frames = n.frames, args = { behind = address(t, n.behind), span = duration(span), pause = duration(pause), frames = frames(n.frames) } }
	end,
	tests = {
		{ name = "ten minutes, two packets, no keepalive",
		  tunnel = { span = { first = 0, last = 600, capture_end = 600 }, nat = { behind = "a", proof = "destination", certain = true, frames = { 4 } }, established = { first = 1, last = 1 }, keepalives = { a = 0, b = 0 }, data = { a = { packets = 2 }, b = { packets = 2 } } },
		  expect = { confidence = "confirmed", culprit = "local" } },
		{ name = "something every minute at the least", tunnel = { span = { first = 0, last = 600, capture_end = 600 }, nat = { behind = "a", proof = "destination", certain = true, frames = { 4 } }, established = { first = 1, last = 1 }, keepalives = { a = 0, b = 0 }, data = { a = { packets = 2 }, b = { packets = 2 } }, looks = { a = { pause = 40 } } }, expect = "nothing" },
		{ name = "keepalives", tunnel = { span = { first = 0, last = 600, capture_end = 600 }, nat = { behind = "a", proof = "destination", certain = true, frames = { 4 } }, established = { first = 1, last = 1 }, keepalives = { a = 28, b = 0 }, data = { a = { packets = 2 }, b = { packets = 2 } } }, expect = "nothing" },
		{ name = "data all the time: none is due", tunnel = { span = { first = 0, last = 600, capture_end = 600 }, nat = { behind = "a", proof = "destination", certain = true, frames = { 4 } }, established = { first = 1, last = 1 }, keepalives = { a = 0, b = 0 }, data = { a = { packets = 900 }, b = { packets = 2 } } }, expect = "nothing" },
	},
}
