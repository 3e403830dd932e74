return rule {
	id = "nat.mapping_changed", step = "reachability", severity = "medium", scope = "tunnel",
	trigger = { "mapping" },
	title = _"The outside port or address changed in mid-session",
	say = {
		confirmed = _"The translator in front of {moved} changes the outside port from {before} to {after} after {idle} of silence ({frames}), and {other} follows.",
		likely = _"The translator in front of {moved} changes the outside port from {before} to {after} ({frames}), and {other} goes on sending to the old one, {stale} packets: they do not arrive.",
	},
	sure = {
		confirmed = "packets of one SPI under both ports are here",
		likely = "packets to the old port go on and nothing answers them",
	},
	why = _"outside port {before} becomes {after}",
	advise = {
		now = { _"Switch on NAT keepalives and dead peer detection at {moved}, more often than the silence of {idle}.",
		        _"Restart the tunnel, if data does not flow." },
		verify = { _"Record for an hour at the side that {moved} talks to. This filter must show one source port only: udp.dstport==4500 && ip.src=={moved}" },
		isp = _"Please check the timer of UDP mappings on the translator, and any restart of it: the translation of UDP 4500 of {moved} moves from outside port {before} to {after} after {idle} of silence. RFC 4787 REQ-5 asks for two minutes at the least and recommends five or more.",
		admin = { _"ASA: crypto isakmp nat-traversal 20; IOS: crypto isakmp nat keepalive 20; strongSwan: keep_alive = 20 s; Libreswan: nat-keepalive=yes" },
	},
	explains = { "life.dpd.dead", "life.flap.periodic", "data.esp.one_way", "path.icmp.port_unreachable" },
	references = { "RFC 7296 2.23", "RFC 4787 REQ-5" },
	when = function(t, c)
		for _, side in ipairs { "a", "b" } do
			local m = t.mapping[side]
			if m and side ~= t.vantage.side and m.changes <= 3 then
				local mobike
				for _, a in ipairs(t.attempts or {}) do
					for _, x in ipairs(a.exchanges) do
						-- MOBIKE: UPDATE_SA_ADDRESSES with both NAT hashes, from the end that moved, right after
						if x.type == "INFORMATIONAL" and x.from == side and x.sends > 0 and x.first_inner == 41 and x.first >= m.at - 2 and x.first - m.at < 5 then mobike = true end
					end
				end
				if not mobike then
					local stale = m.stale >= 5
					return {
						confidence = stale and "likely" or "confirmed", culprit = "nat", frames = m.frames, at = m.at, severity = stale and "high" or nil,
						filter = "udp.port==4500",
						args = { moved = address(t, side), other = address(t, other(side)), before = m.port_before, after = m.port_after,
						         idle = duration(math.max(m.idle, 0)), stale = count(m.stale), frames = frames(m.frames) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "the other end goes on sending to the old port",
		  tunnel = { attempts = {}, mapping = { b = { port_before = 4500, port_after = 61000, changes = 1, stale = 12, idle = 3, at = 30, frames = { 40 } } } },
		  expect = { confidence = "likely", culprit = "nat", severity = "high" } },
		{ name = "the other end follows",
		  tunnel = { attempts = {}, mapping = { b = { port_before = 4500, port_after = 61000, changes = 1, stale = 1, idle = 3, at = 30, frames = { 40 } } } },
		  expect = { confidence = "confirmed", severity = "medium" } },
		{ name = "MOBIKE moved it on purpose",
		  tunnel = { mapping = { b = { port_before = 4500, port_after = 61000, changes = 1, stale = 1, idle = 3, at = 30, frames = { 40 } } },
		             attempts = { { exchanges = { { type = "INFORMATIONAL", from = "b", sends = 1, first_inner = 41, first = 30.1 } } } } },
		  expect = "nothing" },
		{ name = "a port that changes all the time is another matter",
		  tunnel = { attempts = {}, mapping = { b = { port_before = 4500, port_after = 61000, changes = 40, stale = 40, idle = 0, at = 30, frames = { 40 } } } },
		  expect = "nothing" },
		{ name = "the recording stands at the end that moved: no translator is in between",
		  tunnel = { attempts = {}, mapping = { a = { port_before = 4500, port_after = 61000, changes = 1, stale = 12, idle = 3, at = 30, frames = { 40 } } } },
		  expect = "nothing" },
	},
}
