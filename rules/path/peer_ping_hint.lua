return rule {
	id = "path.peer.ping_hint", step = "reachability", severity = "info", scope = "tunnel",
	trigger = { "pings" },
	title = _"What ping says, and what it does not",
	say = {
		confirmed = _"{peer} is pinged {asked} times and answers {answered} ({frames}): {meaning}.",
	},
	sure = { confirmed = "it counts what is here; silence means nothing where one direction only was recorded" },
	why = _"{answered} of {asked} pings answered",
	advise = {
		now = { _"Ping once more with growing size, not to be fragmented: ping -M do -s N {peer} (Linux), ping -f -l N (Windows)." },
		verify = { _"Filter: icmp.type==8 || icmp.type==0 || icmpv6.type==128 || icmpv6.type==129" },
	},
	references = { "RFC 2979 3.1.1", "RFC 4890 4.3.1" },
	when = function(t, c)
		local ROUTE, FILTERED, GONE = _"the route to it is good both ways, so silence of IKE is a filter or its VPN service",
			_"ping is filtered, nothing more, for other packets of it arrive", _"nothing else of it arrives either, so host or route may be down"
		for i, g in ipairs(t.pings) do
			local peer = g.to
			if peer ~= t.vantage.side and g.asked > 0 and (g.answered > 0 or c.sees.both_ways == "yes") then
				return {
					confidence = "confirmed", culprit = "none", frames = g.frames, at = g.last, filter = "icmp || icmpv6",
					args = { peer = address(t, peer), asked = count(g.asked), answered = count(g.answered), frames = frames(g.frames),
					         meaning = g.answered > 0 and ROUTE or t.both_ways and FILTERED or GONE },
				}
			end
		end
	end,
	tests = {
		{ name = "answered", tunnel = { pings = { { from = "198.51.100.10", to = "b", asked = 3, answered = 3, last = 2, frames = { 3, 8 } } } }, expect = { confidence = "confirmed", severity = "info", text_has = "route" } },
		{ name = "unanswered, but IKE arrives", tunnel = { pings = { { from = "198.51.100.10", to = "b", asked = 3, answered = 0, last = 2, frames = { 3, 8 } } } }, expect = { text_has = "filtered" } },
		{ name = "nothing at all arrives", tunnel = { both_ways = false, pings = { { from = "198.51.100.10", to = "b", asked = 3, answered = 0, last = 2, frames = { 3, 8 } } } }, expect = { text_has = "down" } },
		{ name = "the peer pings us", tunnel = { pings = { { from = "203.0.113.10", to = "a", asked = 3, answered = 3, last = 2, frames = { 3, 8 } } } }, expect = "nothing" },
	},
}
