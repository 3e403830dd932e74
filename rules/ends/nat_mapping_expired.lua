-- Both ends: after a pause nothing reaches the end behind the translator, until it speaks by itself.
local PAUSE, LOST = 2, 3

-- Losses within the silences of that end, as the sender recorded them.
local function lost_in(lulls, rows)
	local n, longest, frames = 0, 0, {}
	for i, l in ipairs(lulls or {}) do
		local silence = (l.to or l.last) - l.from
		for k, r in ipairs(rows) do
			if r.at >= l.from - 0.1 and r.at <= l.last + 0.1 and silence >= PAUSE then
				n, longest = n + 1, math.max(longest, silence)
				frames[#frames + 1] = r.frame
			end
		end
	end
	return n, longest, frames
end

return rule {
	id = "nat.mapping_expired", step = "reachability", severity = "high", scope = "ends",
	trigger = { "ways", "nat" },
	title = _"The NAT forgets the flow while it is quiet",
	say = {
		confirmed = _"After a pause {hidden} cannot be reached: {lost} packets of {sender} leave ({frames}) and do not arrive, until {hidden} speaks by itself and everything passes again. The NAT in front of {hidden} forgets the flow in less than {longest}.",
	},
	why = _"{lost} lost after a pause, until {hidden} speaks",
	advise = {
		now = { _"Switch on NAT keepalives of 20 s or less at {hidden}, and DPD shorter than {longest}." },
		verify = { _"Leave the tunnel idle for {longest}, then ping from behind {sender}: the first packet arrives." },
		isp = _"The UDP mapping of {hidden} port 4500 is dropped after less than {longest} without traffic: {lost} packets from {sender} are lost until {hidden} sends again; we recorded at both ends. RFC 4787 REQ-5 asks for two minutes at least, five or more are recommended. Which timer is set?",
		admin = { _"ASA: crypto isakmp nat-traversal 20; IOS: crypto isakmp nat keepalive 20", _"strongSwan: charon.keep_alive = 20s; Libreswan: nat-keepalive=yes" },
	},
	explains = { "life.dpd.dead", "life.flap.periodic", "data.esp.one_way", "data.esp.loss", "path.loss.random", "path.loss.policer", "path.message_lost", "path.icmp.port_unreachable", "nat.mapping_changed", "nat.keepalive_missing", "path.esp.blocked" },
	references = { "RFC 3948 4", "RFC 4787 REQ-5", "RFC 4787 REQ-6" },
	when = function(e, near, far)
		for i, side in ipairs { "a", "b" } do
			local sender = side == "a" and far or side == "b" and near or nil
			for n, name in ipairs { "esp_udp", "ike_4500" } do
				local k = e.ways[other(side)].classes[name]
				if sender and #e.nat[side] > 0 and k and k.lost >= LOST and k.arrived > 0 and not k.limit and k.last_lost < k.last then
					local lost, longest, seen = lost_in(sender.lulls and sender.lulls[side], k.lost_rows)
					if lost >= LOST and lost >= 0.8 * #k.lost_rows then
						return { confidence = "confirmed", culprit = "nat", frames = k.frames, at = k.last_lost,
						         args = { hidden = address(e, side), sender = address(e, other(side)), lost = count(k.lost, k.sent), frames = frames(seen), longest = duration(longest) } }
					end
				end
			end
		end
	end,
	tests = {
		{ name = "three are lost after a pause", far = { lulls = { a = { { from = 10, to = 50, first = 42, last = 46 } } } },
		  ends = { nat = { a = { { inside = {}, outside = {} } }, b = {} }, ways = { a = { classes = {} }, b = { classes = { esp_udp = { sent = 20, arrived = 17, lost = 3, last_lost = 46, last = 90, frames = { { 1, 5 } }, lost_rows = { { at = 42, frame = { 1, 5 } }, { at = 44, frame = { 1, 6 } }, { at = 46, frame = { 1, 7 } } } } } } } },
		  expect = { confidence = "confirmed", culprit = "nat" } },
		{ name = "lost at any time", far = { lulls = { a = { { from = 10, to = 50, first = 42, last = 46 } } } },
		  ends = { nat = { a = { { inside = {}, outside = {} } }, b = {} }, ways = { a = { classes = {} }, b = { classes = { esp_udp = { sent = 20, arrived = 17, lost = 3, last_lost = 80, last = 90, frames = { { 1, 5 } }, lost_rows = { { at = 2, frame = { 1, 5 } }, { at = 64, frame = { 1, 6 } }, { at = 80, frame = { 1, 7 } } } } } } } },
		  expect = "nothing" },
		{ name = "no translator", far = { lulls = { a = { { from = 10, to = 50, first = 42, last = 46 } } } },
		  ends = { nat = { a = {}, b = {} }, ways = { a = { classes = {} }, b = { classes = { esp_udp = { sent = 20, arrived = 17, lost = 3, last_lost = 46, last = 90, frames = { { 1, 5 } }, lost_rows = { { at = 42, frame = { 1, 5 } }, { at = 44, frame = { 1, 6 } }, { at = 46, frame = { 1, 7 } } } } } } } },
		  expect = "nothing" },
	},
}
