local TOLD_ELSEWHERE = { ["NO-PROPOSAL-CHOSEN"] = true, ["PAYLOAD-MALFORMED"] = true, ["INVALID-COOKIE"] = true, ["INVALID-SPI"] = true, ["INVALID-MAJOR-VERSION"] = true,
	["INVALID-HASH-INFORMATION"] = true, ["AUTHENTICATION-FAILED"] = true, ["INVALID-SIGNATURE"] = true, ["INVALID-CERTIFICATE"] = true, ["CERT-TYPE-UNSUPPORTED"] = true,
	["INVALID-CERT-AUTHORITY"] = true, ["INVALID-CERT-ENCODING"] = true, ["CERTIFICATE-UNAVAILABLE"] = true,
	["INVALID-ID-INFORMATION"] = true }

-- What the number means to people, where the name alone does not help.
local MEANING = {
	["INVALID-PAYLOAD-TYPE"] = _"invalid payload type: one program sends a payload that the other does not know",
	["INVALID-TRANSFORM-ID"] = _"unsupported transform: an algorithm of the proposal is unknown there",
	["ATTRIBUTES-NOT-SUPPORTED"] = _"unsupported transform attributes: a key length for a cipher of fixed length is a common one",
	["BAD-PROPOSAL-SYNTAX"] = _"the proposal is built in a way that it does not read",
	["DOI-NOT-SUPPORTED"] = _"it does not speak this domain of interpretation",
	["INVALID-MESSAGE-ID"] = _"it does not know the exchange that this message belongs to",
	["INVALID-EXCHANGE-TYPE"] = _"it does not take this kind of exchange", ["UNSUPPORTED-EXCHANGE-TYPE"] = _"it does not take this kind of exchange",
	["INVALID-KEY-INFORMATION"] = _"it cannot use the key exchange value",
}
local RARE = _"a rare refusal"

return rule {
	id = "ike1.other_notify", step = "negotiation", severity = "high", scope = "tunnel",
	trigger = { "refused" },
	title = _"Rare v1 refusals",
	say = { confirmed = _"{from} refuses {message} of {to} with {name} (notify {number}, {frames}): {meaning}." },
	sure = { confirmed = "the notify is here in clear text" },
	why = _"{name} from {from}",
	advise = {
		now = { _"Compare the settings of both sides that {name} names.", _"Ask the administrator of {from} for the log line of that second." },
		verify = { _"Connect again. {from} must answer {message}, and this filter must show no frame: isakmp.notify.msgtype=={number}" },
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
					args = { from = address(t, r.from), to = address(t, r.to), message = message(r.exchange), name = r.name, number = r.number, meaning = MEANING[r.name] or RARE, frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "ATTRIBUTES-NOT-SUPPORTED", tunnel = { refused = { { version = 1, name = "ATTRIBUTES-NOT-SUPPORTED", number = 13, exchange = "MAIN_1", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } }, expect = { confidence = "confirmed", severity = "high", text_has = "unsupported transform" } },
		{ name = "INVALID-PAYLOAD-TYPE", tunnel = { refused = { { version = 1, name = "INVALID-PAYLOAD-TYPE", number = 1, exchange = "MAIN_1", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } }, expect = { text_has = "invalid payload type" } },
		{ name = "INVALID-ID-INFORMATION has a rule of its own", tunnel = { refused = { { version = 1, name = "INVALID-ID-INFORMATION", number = 18, exchange = "QUICK_1", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } }, expect = "nothing" },
		{ name = "NO-PROPOSAL-CHOSEN has a rule of its own", tunnel = { refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", number = 14, exchange = "MAIN_1", attempt = 1, from = "b", to = "a", last = 1, frames = { 4 } } } }, expect = "nothing" },
	},
}
