-- RFC 2409 5: the key encrypts message 5. With another key the peer cannot read it: it says so once per message, or stays silent.
local LARGEST_WITHOUT_CERT = 160 -- octets of message 5: identity and hash only

local function messages_of(a, side, from, to)
	local found = {}
	for _, y in ipairs(a.exchanges) do
		if y.type == "INFORMATIONAL_V1" and y.from == side and y.sends > 0 and y.first >= from and y.first <= to then
			append(found, y.frames)
		end
	end
	return found
end

return rule {
	id = "auth.psk.v1_main", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The pre-shared keys differ (IKEv1 Main Mode)",
	say = {
		likely = _"The pre-shared keys of {initiator} and {responder} differ: {responder} cannot read message 5, the first one under the key ({frames}, {sends} times), and answers with an error message each time ({errors}). An identity that {responder} does not know looks the same; its log decides.",
		possible = _"The pre-shared keys of {initiator} and {responder} differ: messages 1 to 4 are answered, message 5, the first one under the key, never is ({frames}, {sends} times). A message 5 lost on the way looks the same; a capture at {responder} decides.",
	},
	why = _"message 5 cannot be read",
	advise = {
		now = { _"Enter the pre-shared key anew on both sides. {responder} finds it by the address that packets of {initiator} come from (NAT).",
		        _"Read the log of {responder}: invalid payload length or malformed payload after message 5 means the key." },
		verify = { _"Connect again. This filter must show message 6, a frame of {responder}: isakmp.exchangetype==2 && isakmp.flag_e==1 && ip.src=={responder}" },
		peer = _"Please enter the pre-shared key of the tunnel between {initiator} and {responder} anew, as we do, and check that {responder} finds it under the address from which packets of {initiator} come. Invalid payload length or malformed payload after message 5 in its log means the key.",
		admin = { _"ASA: show running-config tunnel-group; MM_WAIT_MSG5 or MM_WAIT_MSG6 in show crypto isakmp sa", _"strongSwan, Libreswan: the address selectors in ipsec.secrets" },
	},
	explains = { "ike.auth.no_reply", "life.half_open", "ike1.payload_malformed", "ike1.invalid_hash_or_auth" },
	references = { "RFC 2409 5", "RFC 2409 5.4" },
	when = function(t, c)
		local seen, errors, found, sends, last, sure = {}, {}, nil, 0, 0, false
		for i, a in ipairs(t.attempts) do
			for _, x in ipairs(a.exchanges) do
				if a.version == 1 and a.psk and a.from_start and x.type == "MAIN_5" and x.sends > 0 and not x.answered and not x.partial_answer
				   and x.icmp == 0 and x.pieces == 1 and not x.ike_total and x.bytes <= LARGEST_WITHOUT_CERT then
					local said = messages_of(a, x.to, x.first, x.last + 5)
					if #said >= 2 or (#said == 1 and x.quiet) or (x.sends >= 3 and waited(x)) then
						found, sends, last, sure = found or x, sends + x.sends, math.max(last, x.last), sure or #said > 0
						append(seen, x.frames)
						append(errors, said)
					end
				end
			end
		end
		if not found then return nil end
		return {
			confidence = sure and "likely" or "possible", culprit = "both", frames = append({}, seen, errors), at = last,
			severity = t.works and t.works.since >= last and "medium" or nil,
			args = { initiator = address(t, found.from), responder = address(t, found.to), sends = count(sends), frames = frames(seen), errors = frames(errors) },
		}
	end,
	tests = {
		{ name = "an error message for each message 5",
		  tunnel = { attempts = { { version = 1, psk = true, from_start = true,
		    exchanges = { { type = "MAIN_5", from = "a", to = "b", sends = 3, answered = false, quiet = true, icmp = 0, pieces = 1, bytes = 108, first = 1, last = 12, frames = { 5, 7, 9 } },
		                  { type = "INFORMATIONAL_V1", from = "b", to = "a", sends = 1, first = 1.01, frames = { 6 } } } } } },
		  expect = { confidence = "likely", culprit = "both" } },
		{ name = "the recording has a hole where its answer may have been",
		  tunnel = { attempts = { { version = 1, psk = true, from_start = true,
		    exchanges = { { type = "MAIN_5", from = "a", to = "b", sends = 3, answered = false, quiet = false, hole = true, icmp = 0, pieces = 1, bytes = 108, first = 1, last = 12, frames = { 5, 7, 9 } },
		                  { type = "INFORMATIONAL_V1", from = "b", to = "a", sends = 1, first = 1.01, frames = { 6 } } } } } },
		  expect = "nothing" },
		{ name = "silence",
		  tunnel = { attempts = { { version = 1, psk = true, from_start = true,
		    exchanges = { { type = "MAIN_5", from = "a", to = "b", sends = 5, answered = false, quiet = true, icmp = 0, pieces = 1, bytes = 76, first = 1, last = 60, frames = { 5, 6, 7 } } } } } },
		  expect = { confidence = "possible" } },
		{ name = "message 5 carries a certificate",
		  tunnel = { attempts = { { version = 1, psk = true, from_start = true,
		    exchanges = { { type = "MAIN_5", from = "a", to = "b", sends = 5, answered = false, quiet = true, icmp = 0, pieces = 2, bytes = 1800, first = 1, last = 60, frames = { 5, 6, 7 } } } } } },
		  expect = "nothing" },
		{ name = "message 6 comes",
		  tunnel = { attempts = { { version = 1, psk = true, from_start = true,
		    exchanges = { { type = "MAIN_5", from = "a", to = "b", sends = 1, answered = true, quiet = true, icmp = 0, pieces = 1, bytes = 108, first = 1, last = 1, frames = { 5 } } } } } },
		  expect = "nothing" },
		{ name = "the recording ends too early",
		  tunnel = { attempts = { { version = 1, psk = true, from_start = true,
		    exchanges = { { type = "MAIN_5", from = "a", to = "b", sends = 3, answered = false, quiet = false, icmp = 0, pieces = 1, bytes = 108, first = 1, last = 12, frames = { 5, 7, 9 } } } } } },
		  expect = "nothing" },
	},
}
