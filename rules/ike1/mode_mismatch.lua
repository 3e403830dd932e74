-- Exchange type 4 (aggressive) against 2 (main). A refusal of the first message in clear, or the peer's own attempts, tell.

-- Given up, or asked so long that an answer had its time (method D.4).
local UNANSWERED, REFUSED = _"unanswered", _"refused with %s"
local BEGINS = {
	aggressive = _"%s begins in Aggressive Mode, and %s does not accept that",
	main = _"%s begins in Main Mode, and %s does not accept that",
}

return rule {
	id = "ike1.mode_mismatch", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Main Mode against Aggressive Mode",
	say = {
		likely = _"{difference}. The first message of {asker} is {outcome} ({frames}), that of {peer} stands in {others}. A packet lost on the way looks the same; a capture at {peer} decides.",
		possible = _"{asker} begins in Aggressive Mode and {peer} does not accept that: its first message is {outcome} ({frames}). A wrong identity or group name looks the same; the log of {peer} decides.",
	},
	why = _"Main Mode against Aggressive Mode",
	advise = {
		now = { _"Set the same mode on both sides, Main Mode where both can.", _"If Aggressive Mode is meant: compare group name and identity." },
		verify = { _"Connect again. This filter must show an answer of {peer}: (isakmp.exchangetype==2 || isakmp.exchangetype==4) && ip.src=={peer}" },
		peer = _"Please tell us whether {peer} uses Main Mode or Aggressive Mode, and compare group name and identity with us: {difference}.",
		admin = { _"ASA: crypto ikev1 am-disable; strongSwan: aggressive = yes, i_dont_care_about_security_and_use_aggressive_mode_psk", _"Libreswan: aggressive=yes" },
	},
	explains = { "path.udp500.no_reply", "peer.silent", "life.half_open", "ike1.no_proposal", "ike1.invalid_hash_or_auth" },
	references = { "RFC 2409 5.4", "RFC 2408 3.14.1" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		local function first_of(a)
			for _, x in ipairs(a.exchanges) do
				if (x.type == "MAIN_1" or x.type == "AGGRESSIVE_1") and x.sends > 0 then return x end
			end
		end
		local silent = { a = {}, b = {} }
		for _, a in ipairs(t.attempts) do
			local x = a.version == 1 and a.from_start and (a.mode == "main" or a.mode == "aggressive") and (a.stage == "asked" or a.stage == "refused") and first_of(a)
			if x and not x.answered and (waited(x) or x.refused) and x.icmp == 0 then
				silent[a.initiator][a.mode] = silent[a.initiator][a.mode] or x
			end
		end
		for _, side in ipairs { "a", "b" } do
			for _, mode in ipairs { "aggressive", "main" } do
				local x = silent[side][mode]
				local seen_other
				for _, a in ipairs(t.attempts) do
					if x and a.version == 1 and a.initiator == other(side) and a.mode ~= mode and (a.mode == "main" or a.mode == "aggressive") then seen_other = first_of(a) end
				end
				local difference = string.format(BEGINS[mode], address(t, side), address(t, other(side)))
				if x and seen_other then
					return {
						confidence = "likely", culprit = "both", frames = x.frames, at = x.last, severity = t.works and t.works.since > x.last and "low" or nil,
						args = { asker = address(t, side), peer = address(t, other(side)), difference = difference, outcome = x.refused and string.format(REFUSED, x.refused) or UNANSWERED, frames = frames(x.frames), others = frames(seen_other.frames) },
					}
				end
				local refusal = x and (x.refused == "AUTHENTICATION-FAILED" or x.refused == "INVALID-EXCHANGE-TYPE" or x.refused == "UNSUPPORTED-EXCHANGE-TYPE")
				if x and mode == "aggressive" and refusal then
					local seen = append({}, x.frames)
					for _, r in ipairs(t.refused or {}) do
						if r.name == x.refused then
							append(seen, r.frames)
						end
					end
					return {
						confidence = "possible", culprit = "both", frames = seen, at = x.last, severity = t.works and t.works.since > x.last and "low" or nil,
						args = { asker = address(t, side), peer = address(t, other(side)), difference = difference, outcome = string.format(REFUSED, x.refused), frames = frames(seen), others = frames {} },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "aggressive unanswered, the peer begins with main",
		  tunnel = { attempts = { { version = 1, from_start = true, mode = "aggressive", stage = "asked", initiator = "a",
		                            exchanges = { { type = "AGGRESSIVE_1", from = "a", sends = 4, answered = false, quiet = true, icmp = 0, last = 30, frames = { 1, 2 } } } },
		                          { version = 1, from_start = true, mode = "main", stage = "asked", initiator = "b", exchanges = { { type = "MAIN_1", from = "b", sends = 2, answered = false, quiet = true, icmp = 0, last = 40, frames = { 5 } } } } } },
		  expect = { confidence = "likely", culprit = "both" } },
		{ name = "the recording has a hole where its answer may have been",
		  tunnel = { attempts = { { version = 1, from_start = true, mode = "aggressive", stage = "asked", initiator = "a",
		                            exchanges = { { type = "AGGRESSIVE_1", from = "a", sends = 4, answered = false, quiet = false, hole = true, icmp = 0, last = 30, frames = { 1, 2 } } } },
		                          { version = 1, from_start = true, mode = "main", stage = "asked", initiator = "b", exchanges = { { type = "MAIN_1", from = "b", sends = 2, answered = false, quiet = false, hole = true, icmp = 0, last = 40, frames = { 5 } } } } } },
		  expect = "nothing" },
		{ name = "refused in clear",
		  tunnel = { attempts = { { version = 1, from_start = true, mode = "aggressive", stage = "refused", initiator = "a",
		                            exchanges = { { type = "AGGRESSIVE_1", from = "a", sends = 1, answered = false, refused = "AUTHENTICATION-FAILED", quiet = true, icmp = 0, last = 30, frames = { 1 } } } } } },
		  expect = { confidence = "possible" } },
		{ name = "silence alone is no mode",
		  tunnel = { attempts = { { version = 1, from_start = true, mode = "aggressive", stage = "asked", initiator = "a",
		                            exchanges = { { type = "AGGRESSIVE_1", from = "a", sends = 4, answered = false, quiet = true, icmp = 0, last = 30, frames = { 1, 2 } } } } } },
		  expect = "nothing" },
	},
}
