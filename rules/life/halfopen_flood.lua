local SECONDS, CONTINUED = 10, 0.10

return rule {
	id = "life.halfopen_flood", step = "lifecycle", severity = "high", scope = "capture",
	trigger = { "flood" },
	title = _"Flood of first messages",
	say = {
		likely = _"{responder} gets {n} first IKE messages, up to {peak} in a second, and {continued} of them go on ({frames}): a flood, or a crowd of clients that all start at once and fail. Its table of half-open logins fills, and real clients wait.",
	},
	sure = { likely = "both causes are named" },
	why = _"{peak} first messages a second",
	advise = {
		now = { _"Permit IKE from known peers only, where all are known.", _"Let {responder} ask for cookies and limit half-open logins for each address." },
		verify = { _"Record at {responder} for a minute. In no second this filter may show ten frames or more: isakmp.exchangetype==34 && isakmp.messageid==0 && isakmp.flag_r==0" },
		isp = _"Please filter UDP 500 towards {responder} by source: up to {peak} first IKE messages a second arrive there, and hardly any goes on.",
		admin = { _"strongSwan: cookie_threshold, block_threshold, init_limit_half_open; ASA: crypto ikev2 limit max-in-negotiation-sa, cookie-challenge" },
	},
	explains = { "ike.halfopen_limit", "life.half_open", "peer.silent" },
	references = { "RFC 7296 2.6", "RFC 8019" },
	when = function(c)
		local f = c.flood
		if f.busy_seconds < SECONDS or f.continued > CONTINUED * f.started then return nil end
		return {
			confidence = "likely", culprit = "unknown", frames = f.frames, at = f.last,
			args = { responder = f.responder, n = count(f.started), peak = count(f.peak), continued = count(f.continued), frames = frames(f.frames) },
		}
	end,
	tests = {
		{ name = "four thousand, none goes on", capture = { flood = { responder = "203.0.113.10", started = 4000, busy_seconds = 30, peak = 180, continued = 3, first = 1, last = 31, frames = { 1, 9000 } } }, expect = { confidence = "likely", severity = "high" } },
		{ name = "all clients log in after a restart", capture = { flood = { responder = "203.0.113.10", started = 4000, busy_seconds = 30, peak = 180, continued = 3900, first = 1, last = 31, frames = { 1, 9000 } } }, expect = "nothing" },
		{ name = "one busy second", capture = { flood = { responder = "203.0.113.10", started = 11, busy_seconds = 1, peak = 11, continued = 0, first = 1, last = 1.5, frames = { 1, 11 } } }, expect = "nothing" },
	},
}
