-- ESP of the peer arrives and none leaves here. A host behind us that does not answer looks the same: a recording of the inner side decides.
local ARRIVED = 5

return rule {
	id = "policy.not_routed", step = "data", severity = "high", scope = "tunnel",
	trigger = { "established", "data" },
	title = _"The tunnel is up, but nobody sends traffic into it",
	say = {
		possible = _"The tunnel is up and {peer} sends into it ({n} packets, {frames}), but {here} sends nothing back: its hosts are not routed into the tunnel, or NAT or a firewall in front of it takes the packets. A host that does not answer looks the same; a recording on the inner side of {here} decides.",
	},
	why = _"{here} sends nothing into the tunnel",
	advise = {
		now = { _"Record on the inner side of {here}: do answers reach it, and where do they leave?", _"Check the route to the remote networks, and that NAT exempts them." },
		verify = { _"Send a ping from behind {here} to the other network. This filter must show frames: esp && ip.src=={here}" },
		admin = { _"ASA: identity NAT for the remote networks, show route; packet-tracer input inside", _"Linux: ip route get, ip xfrm policy, MASQUERADE before IPsec; strongSwan: swanctl --list-sas (bytes in, none out)" },
	},
	references = { "RFC 4301 5.1" },
	when = function(t, c)
		local here = t.vantage.side
		if here ~= "a" and here ~= "b" or c.sees.esp ~= "yes" or not t.both_ways or c.asa_pseudo then return nil end
		local out, into = t.data[here], t.data[other(here)]
		if out.packets == 0 and into.packets >= ARRIVED then
			return {
				confidence = "possible", culprit = "local", frames = into.frames, at = into.last,
				args = { here = address(t, here), peer = address(t, other(here)), n = count(into.packets), frames = frames(into.frames) },
			}
		end
	end,
	tests = {
		{ name = "the peer sends, nothing leaves", tunnel = { established = { count = 1, first = 1, last = 1, basis = "inferred", frames = { 4 } }, data = { a = { packets = 0 }, b = { packets = 20, first = 2, last = 30, frames = { 5, 6 } } } },
		  expect = { confidence = "possible", culprit = "local" } },
		{ name = "both send", tunnel = { established = { count = 1, first = 1, last = 1, basis = "inferred", frames = { 4 } }, data = { a = { packets = 9 }, b = { packets = 20, first = 2, last = 30, frames = { 5, 6 } } } }, expect = "nothing" },
		{ name = "at the other end it is not our route", tunnel = { vantage = { side = "b" }, established = { count = 1, first = 1, last = 1, basis = "inferred", frames = { 4 } }, data = { a = { packets = 0 }, b = { packets = 20, first = 2, last = 30, frames = { 5, 6 } } } }, expect = "nothing" },
		{ name = "a filter may hide ESP", tunnel = { established = { count = 1, first = 1, last = 1, basis = "inferred", frames = { 4 } }, data = { a = { packets = 0 }, b = { packets = 20, first = 2, last = 30, frames = { 5, 6 } } } },
		  capture = { sees = { both_ways = "yes", icmp = "yes", frags = "yes", esp = "unknown", p4500 = "yes" } }, expect = "nothing" },
	},
}
