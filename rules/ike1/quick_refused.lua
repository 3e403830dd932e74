-- Without keys a mismatch of proposals and one of networks look the same: Quick Mode 1, then one INFORMATIONAL within a second.
local WITHIN_S = 1

return rule {
	id = "ike1.quick.refused", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "unanswered" },
	title = _"Phase 1 is up, Quick Mode is refused",
	say = {
		likely = _"{responder} refuses phase 2 of {initiator}: phase 1 is up, and Quick Mode ({asked}) is answered by an encrypted message ({frames}) in place of message 2, as an error is. The two sides disagree about networks (crypto ACLs: INVALID-ID-INFORMATION), ESP algorithms or PFS group (NO-PROPOSAL-CHOSEN); the error itself is encrypted.",
	},
	sure = { likely = "the refusing side answers at once with another message; all causes are named" },
	why = _"Quick Mode answered by an error",
	advise = {
		now = { _"Ask the administrator of {responder} for the log line of that second: only it names the error.", _"Compare the networks of both sides, mask by mask; each side must list them mirrored.", _"Compare ESP algorithms and PFS group of both sides." },
		verify = { _"Connect again. This filter must show message 2, a frame of {responder}: isakmp.exchangetype==32 && ip.src=={responder}" },
		peer = _"Please compare with us the networks (crypto ACLs) mask by mask, the ESP algorithms and the PFS group: {responder} accepts phase 1 of {initiator} and refuses phase 2. Its log line of the time below names the reason; please send it.",
		admin = { _"ASA: 713061 no matching crypto map entry, 713048 proposals unacceptable; show running-config crypto map", _"strongSwan: swanctl --list-conns; Libreswan: ipsec status" },
	},
	explains = { "ike1.quick.no_reply", "life.half_open", "life.delete_storm", "data.esp.none" },
	references = { "RFC 2409 5.5", "RFC 2408 3.14.1" },
	when = function(t, c)
		local seen, asked, example, last = {}, {}, nil, 0
		for _, x in ipairs(t.unanswered) do
			local a = t.attempts[x.attempt]
			if x.type == "QUICK_1" and not a.established and not x.partial_answer and x.icmp == 0 then
				for _, y in ipairs(a.exchanges) do
					if y.type == "INFORMATIONAL_V1" and y.from == x.to and y.sends > 0 and y.first >= x.first and y.first - x.last <= WITHIN_S then
						example, last = example or x, math.max(last, y.last)
						append(seen, y.frames)
					end
				end
				append(asked, x.frames)
			end
		end
		if not example then return nil end
		return {
			confidence = "likely", culprit = "both", frames = seen, at = last, filter = "isakmp.exchangetype==32 || isakmp.exchangetype==5",
			severity = t.works and t.works.since > last and "medium" or nil,
			args = { initiator = address(t, example.from), responder = address(t, example.to), asked = frames(asked), frames = frames(seen) },
		}
	end,
	tests = {
		{ name = "an INFORMATIONAL instead of message 2",
		  tunnel = { attempts = { { version = 1, exchanges = { { type = "INFORMATIONAL_V1", from = "b", sends = 1, first = 2.01, last = 2.01, frames = { 9 } } } } },
		             unanswered = { { type = "QUICK_1", from = "a", to = "b", attempt = 1, sends = 1, quiet = true, icmp = 0, first = 2, last = 2, ip_bytes = 300, frames = { 8 } } } },
		  expect = { confidence = "likely", culprit = "both" } },
		{ name = "an INFORMATIONAL a minute later is something else",
		  tunnel = { attempts = { { version = 1, exchanges = { { type = "INFORMATIONAL_V1", from = "b", sends = 1, first = 62, last = 62, frames = { 9 } } } } },
		             unanswered = { { type = "QUICK_1", from = "a", to = "b", attempt = 1, sends = 1, quiet = true, icmp = 0, first = 2, last = 2, ip_bytes = 300, frames = { 8 } } } },
		  expect = "nothing" },
		{ name = "a rekey of a tunnel that is up: life.rekey.failed",
		  tunnel = { attempts = { { version = 1, established = "inferred", exchanges = { { type = "INFORMATIONAL_V1", from = "b", sends = 1, first = 2.01, last = 2.01, frames = { 9 } } } } },
		             unanswered = { { type = "QUICK_1", from = "a", to = "b", attempt = 1, sends = 1, quiet = true, icmp = 0, first = 2, last = 2, ip_bytes = 300, frames = { 8 } } } },
		  expect = "nothing" },
	},
}
