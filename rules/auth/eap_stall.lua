return rule {
	id = "auth.eap.stall", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "unanswered" },
	title = _"The user login (EAP) stops half-way",
	say = {
		confirmed = _"The user login of {initiator} stops half-way: after earlier EAP messages {responder} no longer answers, although {initiator} asks {sends} times ({frames}, {size} each).",
	},
	why = _"EAP dialogue breaks off",
	advise = {
		now = { _"Check that {responder} reaches its login server (RADIUS), and how long that takes.",
		        _"If the unanswered message is large (a certificate inside EAP): switch on IKE fragmentation." },
		verify = { _"Log in again, with data through the tunnel. Every IKE_AUTH of {initiator} must be answered by {responder}, and this filter must show frames: esp" },
		admin = { _"RADIUS: are there Access-Requests without an answer?" },
	},
	explains = { "life.half_open", "ike.auth.no_reply", "path.udp4500.blocked" },
	references = { "RFC 7296 2.16" },
	when = function(t, c)
		for _, x in ipairs(t.unanswered) do
			local a = t.attempts[x.attempt]
			if x.type == "IKE_AUTH" and a.auth and a.auth.eap and x.sends >= 3 and waited(x) and x.icmp == 0 and x.first >= a.auth.at
			   and x.to ~= t.vantage.side and not (t.works and t.works.since > x.last) then
				return {
					confidence = "confirmed", culprit = "unknown", frames = x.frames, at = x.last,
					args = { initiator = address(t, x.from), responder = address(t, x.to), sends = count(x.sends), frames = frames(x.frames), size = bytes(x.ip_bytes) },
				}
			end
		end
	end,
	tests = {
		{ name = "the third EAP message gets no answer",
		  tunnel = { attempts = { { auth = { eap = true, at = 1 } } },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 5, quiet = true, icmp = 0, first = 2, last = 90, ip_bytes = 1400, frames = { 9, 10 } } } },
		  expect = { confidence = "confirmed" } },
		{ name = "three times and given up: the recording goes on long enough",
		  tunnel = { attempts = { { auth = { eap = true, at = 1 } } },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 3, quiet = true, icmp = 0, first = 2, last = 90, ip_bytes = 1400, frames = { 9, 10 } } } },
		  expect = { confidence = "confirmed" } },
		{ name = "the recording has a hole where its answer may have been",
		  tunnel = { attempts = { { auth = { eap = true, at = 1 } } },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 5, quiet = false, hole = true, icmp = 0, first = 2, last = 90, ip_bytes = 1400, frames = { 9, 10 } } } },
		  expect = "nothing" },
		{ name = "no EAP before",
		  tunnel = { attempts = { {} },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 5, quiet = true, icmp = 0, first = 2, last = 90, ip_bytes = 1400, frames = { 9, 10 } } } },
		  expect = "nothing" },
		{ name = "the recording ends too early",
		  tunnel = { attempts = { { auth = { eap = true, at = 1 } } },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", attempt = 1, sends = 3, quiet = false, icmp = 0, first = 2, last = 13, ip_bytes = 1400, frames = { 9, 10 } } } },
		  expect = "nothing" },
	},
}
