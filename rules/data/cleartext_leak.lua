-- Between private addresses, out by the same next hop as the tunnel itself, and no copy of an ESP packet.
local LEAST = 3

return rule {
	id = "data.cleartext_leak", step = "data", severity = "medium", scope = "tunnel",
	trigger = { "clear" },
	title = _"Traffic for the tunnel leaves in the clear",
	say = {
		likely = _"Traffic from {from} to {to} leaves {gateway} in clear text ({n} packets, {frames}), towards the same next hop as the tunnel, although other packets between these networks travel in it. A route or policy misses a part of it.",
		possible = _"Traffic from {from} to {to} leaves {gateway} in clear text ({n} packets, {frames}), towards the same next hop as the tunnel: both addresses are private, so it is lost outside. If it belongs into the tunnel, no policy holds it back while the tunnel is down; if not, a route is missing. The policy of {gateway} decides.",
	},
	sure = { likely = "other packets between the same networks travel in the tunnel" },
	why = _"{n} packets from {from} in clear text",
	advise = {
		now = { _"Let {gateway} drop what belongs into the tunnel while the tunnel is down (trap policy or a blackhole route).", _"Compare the networks of the tunnel with {from} and {to}." },
		verify = { _"Record outside {gateway}. This filter must show no frame: ip.addr=={from} && ip.addr=={to}" },
		admin = { _"strongSwan: start_action = trap; Libreswan: failureshunt=drop; Linux: ip route add blackhole NET metric 4294967295", _"ASA: packet-tracer input inside, NAT exemption" },
	},
	references = { "RFC 4301 5.1", "RFC 4301 4.4.1" },
	when = function(t, c)
		for i, r in ipairs(t.clear) do
			local n = r.packets - r.paired
			if n >= LEAST then
				local sure = r.in_tunnel and t.works
				return {
					confidence = sure and "likely" or "possible", culprit = "local", frames = r.frames, at = r.last, severity = sure and "high" or nil,
					args = { from = r.from, to = r.to, gateway = address(t, t.vantage.side), n = count(n), frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "beside the tunnel", tunnel = { works = { since = 1, last = 9 }, clear = { { from = "10.1.0.7", to = "10.2.0.1", packets = 9, paired = 0, in_tunnel = true, last = 8, frames = { 9, 20 } } } },
		  expect = { confidence = "likely", severity = "high", culprit = "local" } },
		{ name = "while the tunnel is down", tunnel = { clear = { { from = "10.1.0.7", to = "10.2.0.1", packets = 9, paired = 0, in_tunnel = false, last = 8, frames = { 9, 20 } } } }, expect = { confidence = "possible", severity = "medium" } },
		{ name = "copies of ESP packets on the same interface", tunnel = { works = { since = 1, last = 9 }, clear = { { from = "10.1.0.7", to = "10.2.0.1", packets = 9, paired = 8, in_tunnel = true, last = 8, frames = { 9, 20 } } } }, expect = "nothing" },
	},
}
