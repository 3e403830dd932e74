-- RFC 8247: a finding beside the verdict, never a cause.
local BAD_ENCR = { [1] = "DES", [2] = "DES", [4] = "RC5", [5] = "IDEA", [6] = "CAST", [7] = "Blowfish", [8] = "3IDEA", [11] = "NULL" }
local BAD_PRF = { [1] = "MD5" }
local BAD_INTEG = { [1] = "MD5", [3] = "DES-MAC", [4] = "KPDK-MD5", [6] = "MD5" }
local BAD_GROUP = { [1] = "group 1 (768 bits)", [2] = "group 2 (1024 bits)", [5] = "group 5 (1536 bits)", [22] = "group 22", [23] = "group 23", [24] = "group 24" }

-- What must not even be offered, by its beginning or its name.
local BAD_OFFERS = { "MD5", "MODP-768", "MODP-1024", "/NULL", "ENCR_NULL" }
local BAD_STARTS = { "DES-CBC", "DES/", "DES,", "DES_IV", "NULL" }
local USE, OFFER = _"%s and %s use", _"%s offers"

local function weak_offers(a)
	local found = {}
	for _, offer in ipairs(a.offered or {}) do
		local bad = false
		for _, word in ipairs(BAD_OFFERS) do bad = bad or has(offer, word) end
		for _, word in ipairs(BAD_STARTS) do bad = bad or starts(offer, word) end
		if bad and #found < 3 then found[#found + 1] = offer end
	end
	return found
end

return rule {
	id = "ike.weak_crypto", step = "negotiation", severity = "medium", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Deprecated algorithms are in use",
	say = {
		confirmed = _"{who} what is no longer advised: {weak} ({frames}). That is not why a tunnel fails; it makes an attack easier.",
	},
	sure = { confirmed = "offer and choice are here in clear text" },
	why = _"weak: {weak}",
	advise = {
		now = { _"Move both sides to IKEv2 with AES-GCM or AES and SHA-2, and DH group 14, 19 or better, in a maintenance window." },
		verify = { _"Connect again. The SA payload of the answer must choose none of these: {weak}. This filter shows it: isakmp.exchangetype==34 || isakmp.exchangetype==2 || isakmp.exchangetype==4" },
		admin = { _"ASA: show running-config crypto ikev2, crypto ikev1 policy; strongSwan: proposals" },
	},
	references = { "RFC 8247 2", "RFC 9395 3", "RFC 2409 5.4" },
	when = function(t, c)
		for _, a in ipairs(t.attempts) do
			local s = a.suite
			if s then
				local weak = {}
				for _, pair in ipairs { { BAD_ENCR, s.encr }, { BAD_PRF, s.prf }, { BAD_INTEG, s.integ }, { BAD_GROUP, s.group } } do
					local name = pair[2] and pair[1][pair[2]]
					if name then weak[#weak + 1] = name end
				end
				local chosen = #weak > 0
				if a.version == 1 and a.mode == "aggressive" and a.psk then
					weak[#weak + 1] = "Aggressive Mode with a pre-shared key"
					chosen = true
				end
				if a.version == 1 then weak[#weak + 1] = "IKEv1" end
				if #weak > 0 then
					local example
					for _, x in ipairs(a.exchanges) do
						if not example and x.answered and #x.answer.frames > 0 then example = x.answer end
					end
					if example then
						return {
							confidence = "confirmed", culprit = "both", frames = { example.frames[1] }, severity = not (chosen and t.works) and "low" or nil,
							args = { who = string.format(USE, address(t, "a"), address(t, "b")), weak = table.concat(weak, ", "), frames = frames { example.frames[1] } },
						}
					end
				end
			end
		end
		for _, a in ipairs(t.attempts) do
			local weak, x = weak_offers(a), a.exchanges[1]
			if #weak > 0 and x and x.sends > 0 and not (t.probe and not c.cut) then
				return {
					confidence = "confirmed", culprit = "both", frames = { x.frames[1] }, severity = "low",
					args = { who = string.format(OFFER, address(t, a.initiator)), weak = table.concat(weak, "; "), frames = frames { x.frames[1] } },
				}
			end
		end
	end,
	tests = {
		{ name = "group 2", tunnel = { works = { since = 1, last = 9 }, attempts = { { version = 2, suite = { encr = 12, prf = 2, integ = 2, group = 2 }, exchanges = { { answered = true, answer = { frames = { 2 } } } } } } },
		  expect = { confidence = "confirmed", severity = "medium" } },
		{ name = "IKEv1 alone", tunnel = { attempts = { { version = 1, mode = "main", suite = { encr = 12, prf = 5, integ = 0, group = 14 }, exchanges = { { answered = true, answer = { frames = { 2 } } } } } } },
		  expect = { severity = "low" } },
		{ name = "offered, and not chosen", tunnel = { attempts = { { version = 2, initiator = "a", offered = { "AES_GCM_16-256/HMAC_SHA2_256/MODP-1024,ECP-256" }, suite = { encr = 20, prf = 5, integ = 0, group = 19 },
		  exchanges = { { sends = 1, frames = { 1 }, answered = true, answer = { frames = { 2 } } } } } } },
		  expect = { confidence = "confirmed", severity = "low", text_has = "198.51.100.10 offers" } },
		{ name = "triple DES may still be offered", tunnel = { attempts = { { version = 2, initiator = "a", offered = { "3DES/HMAC_SHA2_256_128/HMAC_SHA2_256/MODP-2048" }, exchanges = { { sends = 1, frames = { 1 } } } } } },
		  expect = "nothing" },
		{ name = "AES-GCM and group 19", tunnel = { attempts = { { version = 2, suite = { encr = 20, prf = 5, integ = 0, group = 19 }, exchanges = { { answered = true, answer = { frames = { 2 } } } } } } },
		  expect = "nothing" },
	},
}
