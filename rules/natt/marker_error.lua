-- RFC 3948 2.2: four zero octets stand in front of IKE on 4500 and nowhere else. Or a peer reads ESP in UDP as IKE and complains of its version.
local MISSING = _"it sends IKE on UDP 4500 without the four zero octets in front"
local NEEDLESS = _"it puts the four zero octets of UDP 4500 in front of IKE on UDP 500"

return rule {
	id = "natt.marker_error", step = "negotiation", severity = "high", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Marker or port is wrong for the content",
	say = {
		confirmed = _"{sender} sends what {receiver} has to take for something else: {what} ({n}, {frames}).",
		likely = _"{sender} reads the ESP of {receiver} in UDP 4500 as IKE: in a tunnel that is up it complains of the version number ({name}, {frames}). Its kernel no longer knows that this port carries ESP.",
	},
	sure = {
		confirmed = "the octets are here",
		likely = "it complains of the version in a tunnel that is up, while ESP in UDP reaches it",
	},
	why = _"marker wrong at {sender}",
	advise = {
		now = { _"Restart IKE at {sender}, and update it.", _"Look for a device on the way that changes the port but not the content." },
		verify = { _"Connect again. {sender} must send IKE with four zero octets in front on UDP 4500, and no such octets on UDP 500; this filter shows the messages: isakmp && ip.src=={sender}" },
		admin = { _"strongSwan, Libreswan: restart the daemon, so that it sets up UDP encapsulation in the kernel again" },
	},
	explains = { "ike.invalid_major_version", "path.udp4500.blocked", "ike.auth.no_reply", "data.esp.one_way" },
	references = { "RFC 3948 2.1", "RFC 3948 2.2", "RFC 7296 2.23", "RFC 7296 3.1" },
	when = function(t, c)
		for _, a in ipairs(t.attempts) do
			for _, side in ipairs { "a", "b" } do
				local m = a.marker and a.marker[side]
				if m and (m.count >= 2 or not t.works) then
					return {
						confidence = "confirmed", culprit = side == t.vantage.side and "local" or "peer", frames = m.frames, severity = t.works and "low" or nil,
						args = { sender = address(t, side), receiver = address(t, other(side)), what = m.error == "missing" and MISSING or NEEDLESS, n = count(m.count), frames = frames(m.frames), name = "" },
					}
				end
			end
		end
		for _, r in ipairs(t.refused or {}) do
			local up = t.established and t.established.first < r.first
			local data
			for _, f in ipairs(t.flows or {}) do
				if f.from == r.to and f.encapsulation == "UDP" and f.first <= r.last then data = true end
			end
			if up and data and (r.name == "INVALID_MAJOR_VERSION" or r.name == "INVALID-MAJOR-VERSION") then
				return {
					confidence = "likely", culprit = r.from == t.vantage.side and "local" or "peer", frames = r.frames, at = r.last,
					args = { sender = address(t, r.from), receiver = address(t, r.to), what = MISSING, n = count(r.count), frames = frames(r.frames), name = r.name },
				}
			end
		end
	end,
	tests = {
		{ name = "IKE on 4500 without the marker", tunnel = { attempts = { { marker = { a = { error = "missing", count = 3, frames = { 3, 4, 5 } } } } } }, expect = { confidence = "confirmed", culprit = "local", text_has = "without" } },
		{ name = "ESP read as IKE",
		  tunnel = { established = { count = 1, first = 1, last = 1, basis = "inferred", frames = { 4 } }, attempts = { {} }, flows = { { from = "a", encapsulation = "UDP", first = 2 } },
		             refused = { { name = "INVALID_MAJOR_VERSION", attempt = 1, from = "b", to = "a", count = 5, first = 9, last = 20, frames = { 40 } } } },
		  expect = { confidence = "likely", culprit = "peer" } },
		{ name = "the version of the first message: another matter",
		  tunnel = { attempts = { {} }, refused = { { name = "INVALID_MAJOR_VERSION", attempt = 1, from = "b", to = "a", count = 1, first = 0.1, last = 0.1, frames = { 2 } } } },
		  expect = "nothing" },
		{ name = "once, in a tunnel that works", tunnel = { works = { since = 1, last = 90 }, attempts = { { marker = { a = { error = "missing", count = 1, frames = { 3 } } } } } }, expect = "nothing" },
	},
}
