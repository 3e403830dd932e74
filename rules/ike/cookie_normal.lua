return rule {
	id = "ike.cookie.normal", step = "negotiation", severity = "info", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The responder asks for a cookie",
	say = {
		confirmed = _"{responder} asks {initiator} for a cookie, gets it and goes on ({frames}): one extra round trip. It believes itself under load.",
	},
	sure = { confirmed = "request, echo and answer are here" },
	why = _"cookie asked for and given",
	advise = { admin = { _"If it happens every time: look for a flood of first messages, or lower the half-open limit of {responder}." } },
	references = { "RFC 7296 2.6" },
	when = function(t, c)
		for _, a in ipairs(t.attempts) do
			for _, n in ipairs(a.notices or {}) do
				if a.version == 2 and n.name == "COOKIE" and n.count < 3 and a.suite then
					return {
						confidence = "confirmed", culprit = "none", frames = { n.frame }, at = n.at, filter = "isakmp.notify.msgtype==16390",
						args = { initiator = address(t, other(n.from)), responder = address(t, n.from), frames = frames { n.frame } },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "asked once, then agreed",
		  tunnel = { attempts = { { version = 2, suite = {}, notices = { { name = "COOKIE", count = 1, from = "b", frame = 2, at = 0.1 } } } } }, expect = { confidence = "confirmed", severity = "info" } },
		{ name = "never agreed", tunnel = { attempts = { { version = 2, notices = { { name = "COOKIE", count = 1, from = "b", frame = 2, at = 0.1 } } } } }, expect = "nothing" },
	},
}
