return rule {
	id = "ike1.no_proposal", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "refused" },
	title = _"Phase 1 proposals do not match (IKEv1)",
	say = {
		confirmed = _"{responder} refuses every phase 1 proposal of {initiator} with NO-PROPOSAL-CHOSEN ({frames}). Offered: {offers}. The two sides disagree about algorithms or authentication method, or {responder} has no connection for {initiator}.",
	},
	why = _"NO-PROPOSAL-CHOSEN from {responder}",
	advise = {
		now = { _"Compare the phase 1 policies of both sides: encryption, hash, group, authentication method; {initiator} offers {offers}.",
		        _"Ask the administrator of {responder} for the log line of that second." },
		verify = { _"Connect again: message 2 must carry an SA payload. Filter: isakmp.notify.msgtype==14" },
		admin = { _"ASA, IOS: show running-config crypto isakmp, debug crypto isakmp", _"strongSwan: swanctl --list-conns" },
	},
	explains = { "life.half_open", "path.udp500.no_reply" },
	references = { "RFC 2408 3.14.1", "RFC 2409 A" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		local found
		for _, r in ipairs(t.refused) do
			if r.version == 1 and r.name == "NO-PROPOSAL-CHOSEN" and (r.exchange == "MAIN_1" or r.exchange == "AGGRESSIVE_1") then
				found = r
			end
		end
		if not found then return nil end
		local a = t.attempts[found.attempt]
		return {
			confidence = "confirmed", culprit = "both", frames = found.frames, at = found.last, filter = "isakmp.notify.msgtype==14",
			args = { initiator = address(t, found.to), responder = address(t, found.from), frames = frames(found.frames),
			         offers = a and #(a.offered or {}) > 0 and table.concat(a.offered, "; ") or "?" },
		}
	end,
	tests = {
		{ name = "message 1 refused",
		  tunnel = { attempts = { { offered = { "AES-CBC/SHA1/pre-shared key/MODP_1024" } } },
		             refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", exchange = "MAIN_1", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1 } } },
		  expect = { confidence = "confirmed", culprit = "both" } },
		{ name = "a quick mode refused is another matter",
		  tunnel = { attempts = { {} },
		             refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", exchange = "QUICK_1", attempt = 1, from = "b", to = "a", frames = { 9 }, last = 0.1 } } },
		  expect = "nothing" },
	},
}
