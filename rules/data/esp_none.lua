local QUIET_S = 60

return rule {
	id = "data.esp.none", step = "data", severity = "info", scope = "tunnel",
	trigger = { "established" },
	title = _"The tunnel is up and silent in both directions",
	say = {
		possible = _"The tunnel between {a} and {b} is up since {since} and carries no data for {quiet} ({frames}). Nobody needs it, or no route leads into it; a ping from inside to inside decides.",
	},
	why = _"up, no ESP for {quiet}",
	advise = {
		now = { _"Ping from one inside network to the other while recording.", _"Check that the route to the remote network leads into the tunnel, and that NAT leaves it alone." },
		verify = { _"Send a ping through the tunnel in each direction. This filter must show frames of both {a} and {b}: esp" },
		admin = { _"ASA: packet-tracer, show route, NAT exemption; Linux: ip route, ip xfrm policy" },
	},
	references = { "RFC 4301 5.1" },
	when = function(t, c)
		local d = t.data
		if c.sees.esp ~= "yes" or d and ((d.a.packets or 0) > 0 or (d.b.packets or 0) > 0) or not t.works then return nil end
		local quiet = t.span.capture_end - t.established.last
		if quiet < QUIET_S then return nil end
		return {
			confidence = "possible", culprit = "local", frames = t.established.frames,
			args = { a = address(t, "a"), b = address(t, "b"), since = time(t.established.last), quiet = duration(quiet), frames = frames(t.established.frames) },
		}
	end,
	tests = {
		{ name = "three minutes without data",
		  tunnel = { works = { since = 1, last = 9 }, established = { count = 1, first = 1, last = 1, frames = { 6 } }, data = { a = { packets = 0 }, b = { packets = 0 } } }, expect = { confidence = "possible", severity = "info" } },
		{ name = "data flows",
		  tunnel = { works = { since = 1, last = 9 }, established = { count = 1, first = 1, last = 1, frames = { 6 } }, data = { a = { packets = 4 }, b = { packets = 0 } } }, expect = "nothing" },
		{ name = "a filter that may hide ESP",
		  tunnel = { works = { since = 1, last = 9 }, established = { count = 1, first = 1, last = 1, frames = { 6 } }, data = { a = { packets = 0 }, b = { packets = 0 } } },
		  capture = { sees = { both_ways = "yes", icmp = "yes", frags = "yes", esp = "unknown", p4500 = "yes" } }, expect = "nothing" },
	},
}
