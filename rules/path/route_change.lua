-- The hop limit that one sender's packets arrive with. A difference of more than a path is another host, not another way.
local HOPS, FLIPS = 16, 10

return rule {
	id = "path.route.change", step = "reachability", severity = "low", scope = "tunnel",
	trigger = { "looks" },
	title = _"The way changed during the capture",
	say = {
		confirmed = _"The way from {sender} to {receiver} changes at {at}: its packets arrive with a hop limit of {before} until then and of {after} from then on ({frames}). By itself this is no fault; it matters when an outage begins at that moment.",
		likely = _"Packets of {sender} come over two ways in turn: their hop limit changes between {before} and {after} {flips} times ({frames}). By itself this is no fault; packets may overtake each other.",
	},
	sure = {
		confirmed = "the hop limits of what arrived are here",
		likely = "two hop limits in turn, from one address",
	},
	why = _"hop limit {before} becomes {after}",
	advise = {
		verify = { _"Record at {receiver} for an hour. The hop limit (column ip.ttl) must stay the same in the frames that this filter shows: ip.src=={sender}" },
		isp = _"The path from {sender} to {receiver} changed at {at}. Was there a routing event or a failover at that moment?",
		admin = { _"traceroute from both sides; Cisco: show ip bgp, show track" },
	},
	references = { "RFC 791 3.1", "RFC 8200 3" },
	when = function(t, c)
		for i, side in ipairs { "a", "b" } do
			local l = t.looks[side]
			for k, kind in ipairs { "data_hops", "ike_hops" } do
				local h = l and l[kind]
				if h and side ~= t.vantage.side and not c.asa_pseudo then
					local alternates = kind == "ike_hops" and h.flips >= FLIPS and h.flips >= h.packets / 4 and h.max - h.min <= HOPS
					local changed = h.changes > 0 and math.abs(h.after - h.before) <= HOPS
					if changed or alternates then
						local seen = { h.frame or l.pause_frame or 1 }
						return {
							confidence = alternates and "likely" or "confirmed", culprit = "path", frames = seen, at = h.at,
							args = { sender = address(t, side), receiver = address(t, other(side)), at = time(h.at or 0), before = alternates and h.max or h.before, after = alternates and h.min or h.after,
							         flips = count(h.flips), frames = frames(seen) },
						}
					end
				end
			end
		end
	end,
	tests = {
		{ name = "four hops more from some packet on",
		  tunnel = { looks = { a = {}, b = { data_hops = { packets = 45, min = 58, max = 62, flips = 1, changes = 1, before = 62, after = 58, at = 2.8, frame = 42 } } } },
		  expect = { confidence = "confirmed", severity = "low", culprit = "path" } },
		{ name = "every other packet another way",
		  tunnel = { looks = { a = {}, b = { pause_frame = 9, ike_hops = { packets = 45, min = 58, max = 62, flips = 40, changes = 0 } } } }, expect = { confidence = "likely" } },
		{ name = "another host behind the gateway: hop limit 64 and 128",
		  tunnel = { looks = { a = {}, b = { data_hops = { packets = 45, min = 58, max = 122, flips = 1, changes = 1, before = 122, after = 58, at = 2.8, frame = 42 } } } }, expect = "nothing" },
		{ name = "always the same", tunnel = { looks = { a = {}, b = { data_hops = { packets = 45, min = 58, max = 58, flips = 0, changes = 0 } } } }, expect = "nothing" },
	},
}
