-- RFC 7296 2.5. After ESP in UDP it is another matter: natt.marker_error.
local NAMES = { INVALID_MAJOR_VERSION = true, ["INVALID-MAJOR-VERSION"] = true, ["INVALID-MINOR-VERSION"] = true }

return rule {
	id = "ike.invalid_major_version", step = "negotiation", severity = "high", scope = "tunnel",
	trigger = { "refused" },
	title = _"Version number refused",
	say = { confirmed = _"{from} refuses the IKE version of {to}: it answers {message} with {name} ({frames})." },
	sure = { confirmed = "the notify is here in clear text" },
	why = _"{name} from {from}",
	advise = {
		now = { _"Set the same IKE version on both sides, IKEv2 if both can." },
		verify = { _"Connect again. {from} must answer, and this filter must show no frame: isakmp.notify.msgtype==5" },
		admin = { _"ASA: crypto ikev2 enable outside, crypto ikev1 enable outside", _"strongSwan: version = 2; Libreswan: ikev2=insist" },
	},
	explains = { "life.half_open", "path.udp500.no_reply" },
	references = { "RFC 7296 2.5", "RFC 2408 3.14.1" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		for _, r in ipairs(t.refused) do
			local up = t.established and t.established.first <= r.first
			if NAMES[r.name] and not up then
				return {
					confidence = "confirmed", culprit = "both", frames = r.frames, at = r.last, severity = t.works and "low" or nil, filter = "isakmp.notify.msgtype==5",
					args = { from = address(t, r.from), to = address(t, r.to), message = message(r.exchange), name = r.name, frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "to the first message", tunnel = { refused = { { version = 2, name = "INVALID_MAJOR_VERSION", exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", first = 1, last = 1, frames = { 4 } } } },
		  expect = { confidence = "confirmed", severity = "high" } },
		{ name = "in a tunnel that was up: the marker", tunnel = { established = { count = 1, first = 0.5, last = 0.5, basis = "inferred", frames = { 4 } },
		  refused = { { version = 2, name = "INVALID_MAJOR_VERSION", attempt = 1, from = "b", to = "a", first = 9, last = 9, frames = { 40 } } } }, expect = "nothing" },
		{ name = "another notify", tunnel = { refused = { { version = 2, name = "INVALID_SYNTAX", exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", first = 1, last = 1, frames = { 4 } } } }, expect = "nothing" },
	},
}
