-- RFC 7296 2.7, 2.10, 3.4: one transform of each type out of one proposal, a key of its group's length, a nonce that is long enough.
local SHORTEST_NONCE, LONGEST_NONCE = 16, 256 -- octets; IKEv1 takes 8 and more
local SHORTEST_NONCE_V1 = 8

local CHOSEN = _"%s chooses %s %s, which %s does not offer (offered: %s)"
local KEY = _"the key exchange of %s measures %d bytes, and that of group %d has %d"
local GROUP = _"%s chooses group %d and sends a key of group %d"
local NONCE = _"the nonce of %s has %d bytes, and %d to %d are due"

return rule {
	id = "ike.bad_answer", step = "negotiation", severity = "high", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The responder chose something that was not offered",
	say = { confirmed = _"A message of the first exchange breaks the rules of IKE ({frames}): {what}. The other side has to drop it." },
	sure = { confirmed = "offer and answer are here in clear text" },
	why = _"{what}",
	advise = {
		now = { _"Update {culprit}, or take the algorithm in question out of its proposal.", _"Look whether a device on the way alters packets: compare recordings of both ends." },
		verify = { _"Connect again. In the frames that this filter shows, the answer must hold one transform of each type, all of them offered: isakmp.exchangetype==34" },
		admin = { _"strongSwan: swanctl --log --level 2; ASA: debug crypto ikev2 protocol 127" },
	},
	explains = { "ike.auth_not_sent", "life.half_open", "ike.invalid_syntax" },
	references = { "RFC 7296 2.7", "RFC 7296 2.10", "RFC 7296 3.3", "RFC 7296 3.4" },
	when = function(t, c)
		local function finding(a, side, seen, what)
			return {
				confidence = "confirmed", culprit = side == t.vantage.side and "local" or "peer", frames = { seen }, at = a.last, severity = t.works and "low" or nil,
				args = { what = what, culprit = address(t, side), frames = frames { seen } },
			}
		end
		if t.probe and not c.cut then return nil end
		for _, a in ipairs(t.attempts) do
			local shares = a.key_exchange or {}
			for _, row in ipairs(a.bad_answer or {}) do
				for _, x in ipairs(a.exchanges) do
					if x.answered and #x.answer.frames > 0 and (x.type == "IKE_SA_INIT" or x.type == "MAIN_1" or x.type == "AGGRESSIVE_1") then
						local offered = #row.offered > 0 and table.concat(row.offered, ", ") or "-"
						return finding(a, a.responder, x.answer.frames[1],
							string.format(CHOSEN, address(t, a.responder), row.what, table.concat(row.chosen, ", "), address(t, a.initiator), offered))
					end
				end
			end
			for _, side in ipairs { "a", "b" } do
				local s = shares[side]
				local shortest = a.version == 1 and SHORTEST_NONCE_V1 or math.max(SHORTEST_NONCE, a.suite and math.floor((a.suite.prf_bytes or 0) / 2) or 0)
				if s and s.due and s.bytes ~= s.due then return finding(a, side, s.frame, string.format(KEY, address(t, side), s.bytes, s.group, s.due)) end
				if s and a.version == 2 and side == a.responder and a.suite and a.suite.group ~= 0 and s.group ~= a.suite.group then
					return finding(a, side, s.frame, string.format(GROUP, address(t, side), a.suite.group, s.group))
				end
				if s and s.nonce and (s.nonce < shortest or s.nonce > LONGEST_NONCE) then
					return finding(a, side, s.frame, string.format(NONCE, address(t, side), s.nonce, shortest, LONGEST_NONCE))
				end
			end
		end
	end,
	tests = {
		{ name = "a group nobody offered",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", last = 1, bad_answer = { { what = "DH group", chosen = { "MODP_1024" }, offered = { "MODP_2048" } } },
		                            exchanges = { { type = "IKE_SA_INIT", answered = true, answer = { frames = { 2 } } } } } } },
		  expect = { confidence = "confirmed", culprit = "peer", text_has = "MODP_1024" } },
		{ name = "a key of the wrong length",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", last = 1, exchanges = {}, key_exchange = { a = { group = 14, bytes = 255, due = 256, nonce = 32, frame = 1 } } } } },
		  expect = { culprit = "local", text_has = "255" } },
		{ name = "a key of another group than the one chosen",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", last = 1, exchanges = {}, suite = { group = 19, prf_bytes = 32 }, key_exchange = { b = { group = 14, bytes = 256, due = 256, nonce = 32, frame = 2 } } } } },
		  expect = { culprit = "peer" } },
		{ name = "half of the PRF's key is the least a nonce has",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", last = 1, exchanges = {}, suite = { group = 14, prf_bytes = 64 }, key_exchange = { b = { group = 14, bytes = 256, due = 256, nonce = 16, frame = 2 } } } } },
		  expect = { text_has = "32" } },
		{ name = "all in order",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", last = 1, exchanges = {}, suite = { group = 14, prf_bytes = 32 },
		                            key_exchange = { a = { group = 14, bytes = 256, due = 256, nonce = 32, frame = 1 }, b = { group = 14, bytes = 256, due = 256, nonce = 32, frame = 2 } } } } },
		  expect = "nothing" },
		{ name = "eight octets are enough in IKEv1",
		  tunnel = { attempts = { { version = 1, initiator = "a", responder = "b", last = 1, exchanges = {}, key_exchange = { a = { group = 2, bytes = 128, due = 128, nonce = 8, frame = 3 } } } } },
		  expect = "nothing" },
	},
}
