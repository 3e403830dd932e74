-- RFC 5685 7: a client gives up after five redirects within five minutes.
local LOOP, WITHIN_S = 5, 300
local ONCE, AGAIN = _"once", _"again and again"

return rule {
	id = "ike.redirect", step = "negotiation", severity = "info", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The peer sends us to another gateway",
	say = { confirmed = _"{responder} sends {initiator} to another gateway, {to}, {often} ({frames}). The next attempt belongs there." },
	sure = { confirmed = "the notify is here in clear text" },
	why = _"REDIRECT to {to}",
	advise = {
		now = { _"Follow {initiator} to {to}: does it connect there? Permit UDP 500 and 4500 to that address too." },
		verify = { _"Connect again. Record at {initiator}: an answer of {to} must show with this filter: isakmp && ip.src=={to}" },
		admin = { _"Cisco IOS: crypto ikev2 redirect; ASA: the load-balancing cluster, show vpn load-balancing", _"A loop means that the gateways send clients to one another: check the load and the state of each." },
	},
	explains = { "life.half_open", "ike.auth_not_sent" },
	references = { "RFC 5685 3", "RFC 5685 6", "RFC 5685 7" },
	when = function(t, c)
		local seen, at, last = {}, {}, nil
		for _, a in ipairs(t.attempts) do
			if a.redirect then
				seen[#seen + 1], at[#at + 1], last = a.redirect.frame, a.redirect.at, a
			end
		end
		if not last then return nil end
		local loop = #at >= LOOP and at[#at] - at[#at - LOOP + 1] <= WITHIN_S
		return {
			confidence = "confirmed", culprit = loop and "peer" or "none", frames = seen, at = last.redirect.at, severity = loop and "high" or nil, filter = "isakmp.notify.msgtype==16407",
			args = { responder = address(t, last.redirect.from), initiator = address(t, other(last.redirect.from)), to = last.redirect.to, often = loop and AGAIN or ONCE, frames = frames(seen) },
		}
	end,
	tests = {
		{ name = "once", tunnel = { attempts = { { redirect = { to = "192.0.2.7", from = "b", frame = 2, at = 1 } } } }, expect = { confidence = "confirmed", severity = "info", culprit = "none", text_has = "192.0.2.7" } },
		{ name = "five times in a minute",
		  tunnel = { attempts = { { redirect = { to = "192.0.2.7", from = "b", frame = 2, at = 1 } }, { redirect = { to = "192.0.2.7", from = "b", frame = 4, at = 11 } }, { redirect = { to = "192.0.2.7", from = "b", frame = 6, at = 21 } },
		                          { redirect = { to = "192.0.2.7", from = "b", frame = 8, at = 31 } }, { redirect = { to = "192.0.2.7", from = "b", frame = 10, at = 41 } } } },
		  expect = { severity = "high", culprit = "peer" } },
		{ name = "an ordinary answer", tunnel = { attempts = { { suite = {} } } }, expect = "nothing" },
	},
}
