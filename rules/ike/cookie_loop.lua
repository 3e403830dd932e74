return rule {
	id = "ike.cookie.loop", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The responder asks for a cookie again and again",
	say = {
		confirmed = _"{responder} asks {initiator} for a cookie again and again ({asked} times, {frames}), although {initiator} sends it back as it was.",
		likely = _"{responder} asks {initiator} for a cookie again and again ({asked} times, {frames}), and {initiator} never sends it back as it was.",
	},
	sure = {
		confirmed = "cookie, its echo and the next request for one are here in clear text",
		likely = "both cookies are here in clear text and differ",
	},
	why = _"cookie asked for {asked} times",
	advise = {
		now = { _"Does the outside address or port of {initiator} change between two packets (load balancer, symmetric NAT)?", _"Is {responder} a cluster whose nodes do not share the cookie secret?" },
		verify = { _"Connect again. This filter must show an answer of {responder} with a key: isakmp.exchangetype==34 && isakmp.flag_r==1 && isakmp.key_exchange.dh_group" },
		admin = { _"strongSwan: charon.cookie_threshold; pin the flow of UDP 500 and 4500 to one node" },
	},
	explains = { "life.half_open", "path.udp500.no_reply" },
	references = { "RFC 7296 2.6" },
	when = function(t, c)
		local asked, seen, last, from, echoed = 0, {}, 0, nil, false
		for _, a in ipairs(t.attempts) do
			for _, n in ipairs(a.notices or {}) do
				if a.version == 2 and n.name == "COOKIE" and not a.suite then
					asked, last, from = asked + n.count, math.max(last, n.at), n.from
					seen[#seen + 1] = n.frame
				end
			end
			for _, x in ipairs(a.exchanges) do
				if x.type == "IKE_SA_INIT" and x.cookie and not (a.cookies and a.cookies.given == 0) then echoed = true end
			end
		end
		if asked < 3 or t.probe and not c.cut then return nil end
		return {
			confidence = echoed and "confirmed" or "likely", culprit = echoed and "unknown" or from == t.vantage.side and "peer" or "local", frames = seen, at = last,
			severity = t.works and t.works.since > last and "low" or nil,
			args = { initiator = address(t, other(from)), responder = address(t, from), asked = count(asked), frames = frames(seen) },
		}
	end,
	tests = {
		{ name = "echoed, and asked for again",
		  tunnel = { attempts = { { version = 2, exchanges = { { type = "IKE_SA_INIT", cookie = true } }, notices = { { name = "COOKIE", count = 4, from = "b", frame = 2, at = 0.1 } } } } },
		  expect = { confidence = "confirmed", culprit = "unknown" } },
		{ name = "never echoed",
		  tunnel = { attempts = { { version = 2, exchanges = { { type = "IKE_SA_INIT" } }, notices = { { name = "COOKIE", count = 4, from = "b", frame = 2, at = 0.1 } } } } },
		  expect = { confidence = "likely", culprit = "local" } },
		{ name = "sent back, and changed",
		  tunnel = { attempts = { { version = 2, cookies = { asked = 4, given = 0, wrong = 3 }, exchanges = { { type = "IKE_SA_INIT", cookie = true } }, notices = { { name = "COOKIE", count = 4, from = "b", frame = 2, at = 0.1 } } } } },
		  expect = { confidence = "likely", culprit = "local" } },
		{ name = "once, then agreed",
		  tunnel = { attempts = { { version = 2, suite = {}, exchanges = {}, notices = { { name = "COOKIE", count = 1, from = "b", frame = 2, at = 0.1 } } } } }, expect = "nothing" },
	},
}
