return rule {
	id = "life.mobike.failed", step = "lifecycle", severity = "high", scope = "tunnel",
	trigger = { "moves", "attempts" },
	title = _"The client moved, the tunnel did not follow",
	say = {
		likely = _"{mover} moves from {old} to {new} at {at} and says so, and {peer} does not answer ({frames}): the tunnel does not follow.",
		possible = _"{mover} moves from {old} to {new} at {at}, and {peer} goes on sending data to {old} ({frames}): the tunnel did not follow, or not in full. Whether both sides speak MOBIKE is encrypted; their settings decide.",
	},
	sure = { likely = "it tells what is seen and no cause" },
	why = _"moved to {new}, tunnel did not follow",
	advise = {
		now = { _"Switch on MOBIKE on both sides.", _"Let UDP 4500 from {new} to {peer} pass in every firewall of the new network.", _"Restart the tunnel from {new}." },
		verify = { _"After the next move send pings through the tunnel. This filter must show frames of {peer}: esp && ip.src=={peer} && ip.dst=={new}" },
		admin = { _"strongSwan: mobike = yes; Libreswan: mobike=yes; Windows: NetworkOutageTime of the connection" },
	},
	explains = { "life.dpd.dead", "data.esp.one_way", "life.half_open" },
	references = { "RFC 4555 3.5", "RFC 4555 3.6" },
	when = function(t, c)
		for i, side in ipairs { "a", "b" } do
			local v = t.moves[side]
			if v then
				local told, answered, seen
				for k, a in ipairs(t.attempts) do
					for m, x in ipairs(a.exchanges) do
						if x.type == "INFORMATIONAL" and x.from == side and x.sends > 0 and x.last >= v.at - 0.5 then
							answered = answered or x.answered
							if x.first_inner == 41 and not x.answered and x.sends >= 3 and x.quiet then told, seen = x, x.frames end
						end
					end
				end
				local lost = told and not answered
				if lost or (v.stale_until and not answered) then
					seen = seen or { v.frames[1], v.stale_frame }
					return {
						confidence = lost and "likely" or "possible", culprit = "unknown", frames = seen, at = told and told.last or v.stale_until,
						args = { mover = address(t, side), peer = address(t, other(side)), old = v.from, new = v.to, at = time(v.at), frames = frames(seen) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "the update is not answered",
		  tunnel = { moves = { a = { from = "198.51.100.10", to = "198.51.100.11", at = 20, frames = { 30 } } },
		             attempts = { { exchanges = { { type = "INFORMATIONAL", from = "a", to = "b", sends = 5, first_inner = 41, first = 20, last = 90, answered = false, quiet = true, frames = { 30, 31 } } } } } },
		  expect = { confidence = "likely", severity = "high" } },
		{ name = "data goes on to the old address",
		  tunnel = { moves = { a = { from = "198.51.100.10", to = "198.51.100.11", at = 20, frames = { 30 }, stale_until = 60, stale_frame = 88 } }, attempts = { { exchanges = {} } } }, expect = { confidence = "possible" } },
		{ name = "the tunnel follows",
		  tunnel = { moves = { a = { from = "198.51.100.10", to = "198.51.100.11", at = 20, frames = { 30 } } },
		             attempts = { { exchanges = { { type = "INFORMATIONAL", from = "a", to = "b", sends = 1, first_inner = 41, first = 20, last = 20, answered = true, frames = { 30 } } } } } }, expect = "nothing" },
	},
}
