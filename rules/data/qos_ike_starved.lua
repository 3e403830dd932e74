local RESENDS, SHARE, SECONDS = 3, 0.8, 30

return rule {
	id = "data.qos.ike_starved", step = "data", severity = "medium", scope = "tunnel",
	trigger = { "starved" },
	title = _"Bulk ESP starves IKE",
	say = {
		likely = _"IKE of {asker} gets lost when the tunnel is busy: {busy} of its resends fall into the tenth of the seconds with most ESP ({frames}), and none of its requests stays without an answer. Full queues drop IKE with the rest. A gateway too busy to answer looks the same; the CPU load of {peer} decides.",
	},
	why = _"IKE resends only under load",
	advise = {
		now = { _"Give IKE (UDP 500 and 4500 with the zero marker) its own class, marked CS6, and shape ESP below the rate of the line." },
		verify = { _"Record at {asker} under full load. In the frames that this filter shows, no request of {asker} may come twice: isakmp" },
		isp = _"UDP 500 and 4500 between {asker} and {peer} are lost whenever ESP of the same hosts fills the line. Is there a queue for CS6, and where does it drop?",
		admin = { _"Cisco: class-map match protocol isakmp, priority; Linux: tc qdisc fq_codel; strongSwan: charon.dscp" },
	},
	references = { "RFC 4594 3.1", "RFC 4301 5.1.2.1" },
	when = function(t, c)
		for i, side in ipairs { "a", "b" } do
			local s = t.starved[side]
			if s and s.resends >= RESENDS and s.busy_resends / s.resends >= SHARE and s.seconds >= SECONDS and s.busy_seconds > 0 and not t.silence then
				for k, x in ipairs(t.unanswered or {}) do
					if x.from == side then return nil end
				end
				return {
					confidence = "likely", culprit = side == t.vantage.side and "local" or "path", frames = s.frames, filter = "isakmp",
					args = { asker = address(t, side), peer = address(t, other(side)), busy = count(s.busy_resends, s.resends), frames = frames(s.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "five of five in busy seconds", tunnel = { starved = { a = { seconds = 120, busy_seconds = 10, resends = 5, busy_resends = 5, frames = { 90, 99 } } } }, expect = { confidence = "likely", culprit = "local", severity = "medium" } },
		{ name = "at any time: ordinary loss", tunnel = { starved = { a = { seconds = 120, busy_seconds = 10, resends = 5, busy_resends = 1, frames = { 90, 99 } } } }, expect = "nothing" },
		{ name = "the peer is gone", tunnel = { unanswered = { { from = "a" } }, starved = { a = { seconds = 120, busy_seconds = 10, resends = 5, busy_resends = 5, frames = { 90, 99 } } } }, expect = "nothing" },
	},
}
