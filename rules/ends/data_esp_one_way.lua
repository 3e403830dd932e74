-- Both ends: what one sends arrives, and the other sends nothing into the tunnel.
local PACKETS, FEW, MOMENT = 5, 3, 5

local function data(w)
	local sent, arrived, k1 = 0, 0, nil
	for i, name in ipairs { "esp", "esp_udp", "ah" } do
		local k = w[name]
		if k then sent, arrived, k1 = sent + k.sent, arrived + k.arrived, k1 or k end
	end
	return sent, arrived, k1
end

return rule {
	id = "data.esp.one_way", step = "data", severity = "critical", scope = "ends",
	trigger = { "ways" },
	title = _"Traffic flows in one direction only",
	say = {
		confirmed = _"Data flows from {sender} to {silent} only: {arrived} packets arrive there ({frames}), and {silent} sends nothing into the tunnel. The path is good; {silent} does not decrypt the packets, or the network behind it does not answer.",
	},
	why = _"{arrived} arrive at {silent}, none leaves it",
	advise = {
		now = { _"Look at the counters of {silent}: where it decrypts the packets, route, firewall or host behind it is at fault; where it does not, SPI, key or replay.",
		        _"Ping from the inner network of {silent} towards {sender}." },
		verify = { _"Send pings through the tunnel in both directions, and record at {silent}. This filter must show frames: esp && ip.src=={silent}" },
		admin = { _"ASA, IOS: show crypto ipsec sa peer (encaps, decaps); Linux: ip -s xfrm state, /proc/net/xfrm_stat", _"Check route, firewall and NAT exemption inside {silent}" },
	},
	explains = { "data.esp.none" },
	references = { "RFC 4301 4.4.1", "RFC 4303 3.4" },
	when = function(e, near, far)
		local a_sent, a_arrived, x = data(e.ways.a.classes)
		local b_sent, b_arrived, y = data(e.ways.b.classes)
		-- both ways, to the end
		if a_arrived >= FEW and b_arrived >= FEW and 2 * a_arrived >= a_sent and 2 * b_arrived >= b_sent and math.abs(x.last_arrived - y.last_arrived) < MOMENT then return { refuted = true } end
		for i, side in ipairs { "a", "b" } do
			local sent, arrived, k = data(e.ways[side].classes)
			local back = data(e.ways[other(side)].classes)
			local own = side == "a" and far or side == "b" and near or nil -- what left too late to be seen here is no silence
			local speaks = own and own.data and own.data[other(side)] and own.data[other(side)].packets > 0
			if not speaks and arrived >= PACKETS and arrived >= 0.9 * sent and back == 0 and e.ways[other(side)].sent > 0 and e.drops[other(side)].unsent == 0 then
				return { confidence = "confirmed", culprit = side == "a" and "peer" or "local", frames = { k.arrived_rows[1].frame }, at = k.last_arrived,
				         args = { sender = address(e, side), silent = address(e, other(side)), arrived = count(arrived, sent), frames = frames { k.arrived_rows[1].frame } } }
			end
		end
	end,
	tests = {
		{ name = "twenty arrive, none leaves",
		  ends = { ways = { a = { classes = { esp = { sent = 20, arrived = 20, lost = 0, last_arrived = 40, arrived_rows = { { frame = 7 } } } } }, b = { sent = 3, classes = {} } } },
		  expect = { confidence = "confirmed", culprit = "peer" } },
		{ name = "that recorder has nothing of what leaves", ends = { ways = { a = { classes = { esp = { sent = 20, arrived = 20, lost = 0, last_arrived = 40, arrived_rows = { { frame = 7 } } } } }, b = { sent = 0, classes = {} } } },
		  expect = "nothing" },
		{ name = "its answers leave, and the other recording ends before they could arrive",
		  ends = { ways = { a = { classes = { esp = { sent = 20, arrived = 20, lost = 0, last_arrived = 40, arrived_rows = { { frame = 7 } } } } }, b = { sent = 3, classes = {} } } },
		  far = { data = { b = { packets = 20 } } }, expect = "nothing" },
		{ name = "both send", ends = { ways = { a = { classes = { esp = { sent = 20, arrived = 20, lost = 0, last_arrived = 40, arrived_rows = { { frame = 7 } } } } }, b = { classes = { esp = { sent = 20, arrived = 20, lost = 0, last_arrived = 40, arrived_rows = { { frame = { 1, 7 } } } } } } } },
		  expect = "refuted" },
	},
}
