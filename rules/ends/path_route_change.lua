-- Both ends: the number of routers between them changed.
return rule {
	id = "path.route.change", step = "reachability", severity = "low", scope = "ends",
	trigger = { "ways" },
	title = _"The way changed during the capture",
	say = {
		confirmed = _"The way from {sender} to {receiver} changed at {at} ({frames}): packets pass {least} to {most} routers in the course of the recording.",
	},
	why = _"{least} to {most} routers from {sender}",
	advise = {
		now = { _"Compare the moment with that of the outage." },
		verify = { _"The hop limit of {sender} at {receiver} stays the same." },
		isp = _"The path from {sender} to {receiver} changed at {at}. Was there a routing event or a failover at that moment?",
		admin = { _"traceroute now and later" },
	},
	references = { "RFC 791 3.1", "RFC 8200 3" },
	when = function(e, near, far)
		for i, side in ipairs { "a", "b" } do
			local h = e.ways[side].hops
			if h and h.changes > 0 then
				return { confidence = "confirmed", culprit = "path", frames = { h.frame }, at = h.at,
				         args = { sender = address(e, side), receiver = address(e, other(side)), at = time(h.at), least = count(h.min), most = count(h.max), frames = frames { h.frame } } }
			end
		end
	end,
	tests = {
		{ name = "from two to three", ends = { ways = { a = { hops = { min = 2, max = 3, changes = 1, at = 20, frame = 44 } }, b = {} } }, expect = { confidence = "confirmed", severity = "low" } },
		{ name = "always two", ends = { ways = { a = { hops = { min = 2, max = 2, changes = 0 } }, b = {} } }, expect = "nothing" },
	},
}
