local REFUSES = _"%s answers a first message of version %d with %s"
local EACH_ITS_OWN = _"%s begins with IKEv2, %s with IKEv1"
local FALLS_BACK = _"%s begins with IKEv%d in vain, then IKEv%d is answered"

return rule {
	id = "ike.version.mismatch", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"One side speaks IKEv1, the other IKEv2",
	say = {
		confirmed = _"{a} and {b} speak different versions of IKE: {proof} ({frames}).",
		likely = _"{a} and {b} speak different versions of IKE: {proof} ({frames}). A first message lost on the way looks the same; the logs of both sides decide.",
	},
	sure = { confirmed = "the notify, or the first messages of both sides, are here" },
	why = _"IKEv1 against IKEv2",
	advise = {
		now = { _"Set the same version on both sides, IKEv2 if both can." },
		verify = { _"Connect again. The first messages of {a} and {b} must show the same version, and the first one an answer; this filter shows them: isakmp.exchangetype==34 || isakmp.exchangetype==2 || isakmp.exchangetype==4" },
		peer = _"Please set the same IKE version on your side as we do, IKEv2 if both can: {a} and {b} speak different versions.",
		admin = { _"ASA: crypto ikev2 enable outside, and the IKEv2 key in the tunnel-group", _"strongSwan: version = 2; Libreswan: ikev2=insist; Windows: Set-VpnConnection -TunnelType IKEv2" },
	},
	explains = { "ike.no_proposal", "ike1.no_proposal", "path.udp500.no_reply", "peer.silent", "life.half_open", "ike.no_config", "ike.invalid_major_version" },
	references = { "RFC 7296 2.5", "RFC 9395 3" },
	when = function(t, c)
		local function frames_of(a)
			for _, x in ipairs(a.exchanges) do
				if x.frames and #x.frames > 0 then return x.frames[1] end
			end
		end
		local function finding(confidence, seen, proof, last)
			return {
				confidence = confidence, culprit = "both", frames = seen, at = last, severity = t.works and t.works.since >= last and "low" or nil,
				args = { a = address(t, "a"), b = address(t, "b"), proof = proof, frames = frames(seen) },
			}
		end
		if t.probe and not c.cut then return nil end
		for _, r in ipairs(t.refused or {}) do
			local a = t.attempts[r.attempt]
			if (r.name == "INVALID_MAJOR_VERSION" or r.name == "INVALID-MAJOR-VERSION") and a and not a.established then
				return finding("confirmed", r.frames, string.format(REFUSES, address(t, r.from), a.version, r.name), r.last)
			end
		end
		local fails = {}
		for _, a in ipairs(t.attempts) do
			local ok = a.established or a.stage == "agreed" or a.stage == "authenticating" or a.stage == "authenticated"
			if a.from_start and (a.version == 1 or a.version == 2) then
				local key = a.initiator .. a.version
				fails[key] = fails[key] or { ok = false }
				local e = fails[key]
				e.example, e.last, e.ok = a, a.last, e.ok or ok
			end
		end
		for _, side in ipairs { "a", "b" } do
			local v2, v1 = fails[side .. 2], fails[other(side) .. 1]
			if v2 and v1 and not v2.ok and not v1.ok then
				local f, g = frames_of(v2.example), frames_of(v1.example)
				if f and g then
					return finding("confirmed", { f, g }, string.format(EACH_ITS_OWN, address(t, side), address(t, other(side))), math.max(v1.last, v2.last))
				end
			end
			v1 = fails[side .. 1]
			if v2 and v1 and v2.ok ~= v1.ok then
				local bad, good = v2.ok and v1 or v2, v2.ok and v2 or v1
				local f, g = frames_of(bad.example), frames_of(good.example)
				if f and g and bad.example.stage == "asked" and bad.last <= good.last then
					return finding("likely", { f, g }, string.format(FALLS_BACK, address(t, side), bad.example.version, good.example.version), bad.last)
				end
			end
		end
	end,
	tests = {
		{ name = "each side begins with another version",
		  tunnel = { attempts = { { version = 2, from_start = true, initiator = "a", stage = "asked", last = 9, exchanges = { { frames = { 1 } } } },
		                          { version = 1, from_start = true, initiator = "b", stage = "asked", last = 19, exchanges = { { frames = { 4 } } } } } },
		  expect = { confidence = "confirmed", culprit = "both" } },
		{ name = "IKEv2 unanswered, IKEv1 of the same side answered",
		  tunnel = { attempts = { { version = 2, from_start = true, initiator = "a", stage = "asked", last = 9, exchanges = { { frames = { 1 } } } },
		                          { version = 1, from_start = true, initiator = "a", stage = "agreed", last = 19, exchanges = { { frames = { 4 } } } } } },
		  expect = { confidence = "likely" } },
		{ name = "the notify says so",
		  tunnel = { attempts = { { version = 2, from_start = true, initiator = "a", stage = "refused", last = 9, exchanges = { { frames = { 1 } } } } },
		             refused = { { name = "INVALID_MAJOR_VERSION", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1 } } },
		  expect = { confidence = "confirmed" } },
		{ name = "one version",
		  tunnel = { attempts = { { version = 2, from_start = true, initiator = "a", stage = "asked", last = 9, exchanges = { { frames = { 1 } } } },
		                          { version = 2, from_start = true, initiator = "b", stage = "asked", last = 19, exchanges = { { frames = { 4 } } } } } },
		  expect = "nothing" },
	},
}
