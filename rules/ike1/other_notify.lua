local TOLD_ELSEWHERE = { ["NO-PROPOSAL-CHOSEN"] = true, ["PAYLOAD-MALFORMED"] = true, ["INVALID-COOKIE"] = true, ["INVALID-SPI"] = true, ["INVALID-MAJOR-VERSION"] = true,
	["INVALID-HASH-INFORMATION"] = true, ["AUTHENTICATION-FAILED"] = true, ["INVALID-SIGNATURE"] = true, ["INVALID-CERTIFICATE"] = true, ["CERT-TYPE-UNSUPPORTED"] = true,
	["INVALID-CERT-AUTHORITY"] = true, ["INVALID-CERT-ENCODING"] = true, ["CERTIFICATE-UNAVAILABLE"] = true }

return rule {
	id = "ike1.other_notify", step = "negotiation", severity = "high", scope = "tunnel",
	trigger = { "refused" },
	title = _"Rare v1 refusals",
	say = { confirmed = _"{from} refuses {message} of {to} with {name} (notify {number}, {frames})." },
	why = _"{name} from {from}",
	advise = {
		now = { _"Compare the settings of both sides that {name} names.", _"Ask the administrator of {from} for the log line of that second." },
		verify = { _"No such notify appears. Filter: isakmp.notify.msgtype=={number}" },
		admin = { _"ASA: debug crypto isakmp 5; IOS: debug crypto isakmp; strongSwan: swanctl --log --level 2" },
	},
	explains = { "life.half_open", "ike.auth.no_reply", "path.udp500.no_reply" },
	references = { "RFC 2408 3.14.1" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		for i, r in ipairs(t.refused) do
			if r.version == 1 and not TOLD_ELSEWHERE[r.name] then
				return {
					confidence = "confirmed", culprit = "both", frames = r.frames, at = r.last, severity = t.works and "low" or nil,
					args = { from = address(t, r.from), to = address(t, r.to), message = r.exchange or "?", name = r.name, number = r.number, frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "ATTRIBUTES-NOT-SUPPORTED", tunnel = { refused = { { version = 1, name = "ATTRIBUTES-NOT-SUPPORTED", number = 13, exchange = "MAIN_1", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } }, expect = { confidence = "confirmed", severity = "high" } },
		{ name = "NO-PROPOSAL-CHOSEN has a rule of its own", tunnel = { refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", number = 14, exchange = "MAIN_1", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } }, expect = "nothing" },
	},
}
