-- Both ends: a size divides what arrives from what does not (diagnoses B.6), and nobody tells the sender.
local LARGE, WIRE = 1280, 1500

-- The link that fits in between, when one does.
local KNOWN = { { 1500, "Ethernet" }, { 1492, "PPPoE" }, { 1480, "IP in IP" }, { 1476, "GRE" }, { 1400, "1400" }, { 1280, "the least of IPv6" }, { 576, "576" } }

local function told_too_big(t, side)
	for i, g in ipairs(t and t.icmp or {}) do
		if g.name == "frag_needed" and g.quoted_from == side then return true end
	end
end

-- Too few for the test: all large ones lost, three at least, and every small one there, three of them too or all there is.
local function divided(k)
	local low, high = { sent = 0, top = 0 }, { sent = 0, least = 65536 }
	for i, s in ipairs(k.sizes) do
		if s.lost == 0 then low.sent, low.top = low.sent + s.sent, math.max(low.top, s.bytes)
		elseif s.lost == s.sent then high.sent, high.least = high.sent + s.sent, math.min(high.least, s.bytes)
		else return nil end
	end
	if high.sent >= 3 and high.least > low.top and (low.sent >= 3 or high.least > LARGE) then
		return { arrives = low.top, lost = high.least, above_lost = high.sent, above_sent = high.sent, below_sent = low.sent, below_lost = 0 }
	end
end

-- What may be cut on the way is not too large: above every wire it was cut by the card, and its fragments are lost.
local function fragmented(k)
	for i, r in ipairs(k.lost_rows or {}) do
		if r.df or r.bytes <= WIRE then return false end
	end
	return #(k.lost_rows or {}) > 0
end

-- The largest packet of any kind that arrives from there, below what does not.
local function largest(w, limit)
	local top = 0
	for i, name in ipairs { "esp_udp", "esp", "ike_4500", "ike_500", "ah" } do
		for n, s in ipairs(w[name] and w[name].sizes or {}) do
			if s.lost < s.sent and s.bytes < limit then top = math.max(top, s.bytes) end
		end
	end
	return top
end

return rule {
	id = "path.pmtu.blackhole", step = "reachability", severity = "critical", scope = "ends",
	trigger = { "ways" },
	title = _"Large packets vanish and nobody says why",
	say = {
		confirmed = _"The path from {sender} to {receiver} discards large packets and does not say so: none of {lost} packets of {above} and more arrives ({frames}), packets up to {below} do. The path MTU lies between {below} and {top}{link}.",
		likely = _"The path from {sender} to {receiver} discards large packets and does not say so: none of {lost} packets of {above} and more arrives ({frames}), smaller ones up to {below} do.",
	},
	why = _"nothing of {above} and more from {sender} arrives",
	advise = {
		now = { _"Send the provider the text below.",
		        _"Until it is repaired: keep packets of {sender} well below {above} (MTU, TCP MSS), and switch on IKE fragmentation." },
		verify = { _"Send a packet of {above} and record at {receiver}. This filter must show frames: ip.src=={sender} && ip.len>{below_bytes}" },
		isp = _"Please find the hop from {sender} to {receiver} whose MTU lies between {below} and {top}, and let its ICMP type 3 code 4 (fragmentation needed) come back: packets of {above} and more disappear, {lost} of them leave the one end and none reaches the other, while packets up to {below} do; we recorded at both.",
		admin = { _"ASA: sysopt connection tcpmss 1350, crypto ipsec df-bit clear-df outside", _"IOS: ip tcp adjust-mss 1360, ip mtu 1400", _"ping -M do -s N {receiver} (Linux), ping -f -l N (Windows): N is the packet less 28" },
	},
	explains = { "path.message_lost", "ike.auth.no_reply", "auth.xauth.stall", "auth.modecfg.stall", "data.esp.large_lost", "life.message_window_stuck", "ike.frag.incomplete", "ike1.cisco_frag_loss", "life.half_open", "path.udp4500.blocked", "path.icmp.all_blocked",
	             "path.frag.all_missing", "path.loss.random", "data.esp.loss", "data.mss.not_clamped", "path.icmp.reassembly_timeout", "ike.auth_not_sent" },
	references = { "RFC 1191 4", "RFC 1812 5.2.7.1", "RFC 2923 2", "RFC 8900 3.8" },
	when = function(e, near, far)
		if has(e.ends.a, ":") then return nil end -- path.pmtu.v6
		local passes, found, NOTHING = false, {}, ""
		for i, side in ipairs { "a", "b" } do
			local w, own = e.ways[side].classes, side == "a" and near or side == "b" and far or nil
			local ike = w.ike_500 and w.ike_500.arrived > 0 or w.ike_4500 and w.ike_4500.arrived > 0
			for n, name in ipairs { "esp_udp", "esp", "ike_4500", "ike_500", "ah" } do
				local k = w[name]
				local limit = k and (k.limit and k.limit.lost > 576 and k.limit or divided(k))
				if limit and limit.below_sent - limit.below_lost == 0 and not ike then limit = nil end
				if limit and not told_too_big(own, side) and not fragmented(k) and not (found[1] and found[#found].side == side) then
					local below = largest(w, limit.lost)
					local sure, link = k.limit ~= nil and limit.arrives > 0, NOTHING
					for m, x in ipairs(KNOWN) do
						if x[1] >= below and x[1] < limit.lost and limit.lost - below < 200 then link = " (" .. x[2] .. ")" break end
					end
					found[#found + 1] = { side = side, confidence = sure and "confirmed" or "likely", culprit = "path", frames = k.frames, at = k.last_lost, filter = "ip.len>" .. below,
					         args = { sender = address(e, side), receiver = address(e, other(side)), lost = count(limit.above_lost),
					                  above = bytes(limit.lost), below = bytes(below), below_bytes = below, top = bytes(limit.lost - 1), link = link, frames = frames(k.frames) } }
				end
				for m, s in ipairs(k and k.sizes or {}) do
					if s.bytes > LARGE and s.sent >= 3 and s.lost == 0 then passes = true end
				end
			end
		end
		for i, f in ipairs(found) do f.side = nil end
		if #found > 0 then return found end
		if passes then return { refuted = true } end
	end,
	tests = {
		{ name = "six of 1412 and more are lost, eleven small ones arrive",
		  ends = { ends = { a = "198.51.100.10", b = "203.0.113.10" }, ways = { a = { classes = { esp_udp = { sent = 17, arrived = 11, lost = 6, frames = { 30 }, last_lost = 3, limit = { arrives = 164, lost = 1412, below_sent = 11, below_lost = 0, above_sent = 6, above_lost = 6 },
		                                         sizes = { { bytes = 164, sent = 11, lost = 0 }, { bytes = 1412, sent = 6, lost = 6 } } } } }, b = { classes = {} } } },
		  expect = { confidence = "confirmed", culprit = "path", text_has = "none of 6" } },
		{ name = "few of them",
		  ends = { ends = { a = "198.51.100.10", b = "203.0.113.10" }, ways = { a = { classes = { ike_500 = { sent = 4, arrived = 1, lost = 3, frames = { 3 }, last_lost = 30, sizes = { { bytes = 464, sent = 1, lost = 0 }, { bytes = 1420, sent = 3, lost = 3 } } } } }, b = { classes = {} } } },
		  expect = { confidence = "likely" } },
		{ name = "one that may be cut leaves in one piece of 2428: its fragments are lost",
		  ends = { ends = { a = "198.51.100.10", b = "203.0.113.10" }, ways = { a = { classes = { ike_500 = { sent = 4, arrived = 1, lost = 3, frames = { 3 }, last_lost = 30, sizes = { { bytes = 464, sent = 1, lost = 0 }, { bytes = 2428, sent = 3, lost = 3 } },
		                                         lost_rows = { { bytes = 2428, df = false, frame = 3 } } } } }, b = { classes = {} } } },
		  expect = "nothing" },
		{ name = "the sender was told",
		  near = { icmp = { { name = "frag_needed", quoted_from = "a" } } },
		  ends = { ends = { a = "198.51.100.10", b = "203.0.113.10" }, ways = { a = { classes = { esp_udp = { sent = 17, arrived = 11, lost = 6, frames = { 30 }, last_lost = 3, limit = { arrives = 164, lost = 1412, below_sent = 11, below_lost = 0, above_sent = 6, above_lost = 6 },
		                                         sizes = { { bytes = 164, sent = 11, lost = 0 }, { bytes = 1412, sent = 6, lost = 6 } } } } }, b = { classes = {} } } },
		  expect = "nothing" },
		{ name = "large ones arrive",
		  ends = { ends = { a = "198.51.100.10", b = "203.0.113.10" }, ways = { a = { classes = { esp_udp = { sent = 17, arrived = 17, lost = 0, sizes = { { bytes = 164, sent = 11, lost = 0 }, { bytes = 1412, sent = 6, lost = 0 } } } } }, b = { classes = {} } } },
		  expect = "refuted" },
		{ name = "of the other family",
		  ends = { ends = { a = "2001:db8::1", b = "2001:db8::2" }, ways = { a = { classes = { esp_udp = { sent = 17, arrived = 17, lost = 0, sizes = {} } } }, b = { classes = {} } } },
		  expect = "nothing" },
	},
}
