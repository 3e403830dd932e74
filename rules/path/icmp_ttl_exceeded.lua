local WITHIN_S = 60

-- Two routers of one circle share the errors: those of all sources count together.
local function together(t, g)
	local seen, n, first, last, sources = {}, 0, g.first, g.last, {}
	for _, h in ipairs(t.icmp) do
		if h.name == "ttl_exceeded" and h.matched and h.quoted_from == g.quoted_from and h.from_local == g.from_local then
			n, first, last = n + h.count, math.min(first, h.first), math.max(last, h.last)
			sources[#sources + 1] = h.source
			append(seen, h.frames)
		end
	end
	return seen, n, first, last, table.concat(sources, ", ")
end

return rule {
	id = "path.icmp.ttl_exceeded", step = "reachability", severity = "high", scope = "tunnel",
	trigger = { "icmp" },
	title = _"Packets run in a circle or are too far away",
	say = {
		confirmed = _"Packets to {peer} use up their hop count at {source} (ICMP time exceeded, {count} seen: {frames}): they run in a circle between routers, or the way is too long.",
	},
	sure = { confirmed = "the error is here and quotes a packet of this tunnel" },
	why = _"hop count used up at {source}",
	advise = {
		now = { _"Run a traceroute to {peer}: two routers that alternate are the loop." },
		verify = { _"A traceroute to {peer} ends at the peer." },
		isp = _"Please check the routes around router {source}: packets to {peer} run in a circle there, and it answers with ICMP time exceeded ({count} seen).",
		admin = { _"A default route that points back, or into the tunnel itself, is a local cause." },
	},
	explains = { "path.udp500.no_reply", "path.udp4500.blocked", "ike.auth.no_reply", "life.half_open" },
	references = { "RFC 1812 5.3.1", "RFC 4443 3.3" },
	when = function(t, c)
		for _, g in ipairs(t.icmp) do
			local l = t.looks and t.looks[g.quoted_from]
			local probe = l and l.ike_hops and l.ike_hops.min < 32 and g.quoted_from == t.vantage.side -- a traceroute on the IKE port
			local seen, n, first, last, sources = together(t, g)
			if g.name == "ttl_exceeded" and g.matched and n >= 2 and (n > 2 or last - first <= WITHIN_S) and not probe then
				return {
					confidence = "confirmed", culprit = g.from_local and "local" or "path",
					severity = t.works and t.works.last > last + 5 and "low" or nil,
					frames = seen, at = last,
					args = { source = sources, count = count(n), frames = frames(seen),
					         peer = address(t, other(g.quoted_from)) },
				}
			end
		end
	end,
	tests = {
		{ name = "two errors about requests of ours",
		  tunnel = { icmp = { { name = "ttl_exceeded", matched = true, protocol = "ike", quoted_from = "a", source = "192.0.2.1",
		    count = 4, first = 0, last = 30, frames = { 2, 4 } } } },
		  expect = { confidence = "confirmed", culprit = "path" } },
		{ name = "two routers take turns",
		  tunnel = { icmp = { { name = "ttl_exceeded", matched = true, protocol = "ike", quoted_from = "a", source = "192.0.2.1", count = 1, first = 0, last = 0, frames = { 2 } },
		                      { name = "ttl_exceeded", matched = true, protocol = "ike", quoted_from = "a", source = "192.0.2.5", count = 1, first = 4, last = 4, frames = { 4 } } } },
		  expect = { confidence = "confirmed", text_has = "192.0.2.1, 192.0.2.5" } },
		{ name = "two errors hours apart",
		  tunnel = { icmp = { { name = "ttl_exceeded", matched = true, protocol = "ike", quoted_from = "a", source = "192.0.2.1", count = 2, first = 0, last = 90, frames = { 2, 9 } } } },
		  expect = "nothing" },
		{ name = "one error may be a traceroute",
		  tunnel = { icmp = { { name = "ttl_exceeded", matched = true, protocol = "ike", quoted_from = "a", source = "192.0.2.1",
		    count = 1, first = 0, last = 0, frames = { 2 } } } },
		  expect = "nothing" },
		{ name = "a traceroute on the IKE port",
		  tunnel = { looks = { a = { ike_hops = { min = 1, max = 64 } } }, icmp = { { name = "ttl_exceeded", matched = true, from_local = false, quoted_from = "a", count = 4, first = 9, last = 30, source = "192.0.2.1", frames = { 20 } } } }, expect = "nothing" },
	},
}
