return rule {
	id = "cap.starts_late", step = "capture", severity = "info", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The recording begins in the middle",
	say = {
		confirmed = _"The recording begins in the middle of the tunnel between {a} and {b}: its first IKE message here is {first} ({frames}), not the first one of the negotiation. What was agreed before cannot be seen.",
	},
	sure = { confirmed = "it is about the beginning of the file" },
	why = _"the beginning was not recorded",
	advise = { now = { _"To see the negotiation start the recording first, then clear the tunnel and let it come up." },
	           admin = { _"ASA: clear crypto ikev2 sa, clear crypto isakmp sa for the peer; strongSwan: swanctl --terminate; Windows: rasdial NAME /disconnect" } },
	references = { "RFC 7296 2.2" },
	when = function(t, c)
		for _, a in ipairs(t.attempts) do
			if not a.from_start and not a.rekeyed and a.first_frame then
				local x = a.exchanges[1]
				return {
					confidence = "confirmed", culprit = "capture", frames = { a.first_frame },
					args = { a = address(t, "a"), b = address(t, "b"), first = message(x and x.type), frames = frames { a.first_frame } },
				}
			end
		end
	end,
	tests = {
		{ name = "an INFORMATIONAL first", tunnel = { attempts = { { from_start = false, rekeyed = false, first_frame = 1, exchanges = { { type = "INFORMATIONAL" } } } } },
		  expect = { confidence = "confirmed", severity = "info" } },
		{ name = "an SA that came out of a rekey", tunnel = { attempts = { { from_start = false, rekeyed = true, first_frame = 30, exchanges = { { type = "INFORMATIONAL" } } } } }, expect = "nothing" },
		{ name = "from the start", tunnel = { attempts = { { from_start = true, first_frame = 1, exchanges = {} } } }, expect = "nothing" },
	},
}
