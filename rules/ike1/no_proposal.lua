-- The closest offer against what is known of the taste of the side that refused (method of diagnoses "transform diff").
local ROWS = { offers = _"%s: %s offers %s, %s itself offers %s", chose = _"%s: %s offers %s, %s took %s before", asks = _"%s: %s offers %s, %s asks for %s" }
local NOTHING_KNOWN = _"What %s would take is not in this recording"
local NO_DIFFERENCE = _"Nothing in the offer differs from what %s takes elsewhere in this recording"

local function difference(t, r)
	local d = r.difference
	if not d then return string.format(NOTHING_KNOWN, address(t, r.from)) end
	if d.distance == 0 then return string.format(NO_DIFFERENCE, address(t, r.from)) end
	local rows = {}
	for _, row in ipairs(d.rows) do
		rows[#rows + 1] = string.format(ROWS[d.basis], row.what, address(t, r.to), table.concat(row.offered, " / "), address(t, r.from), table.concat(row.accepted, " / "))
	end
	return table.concat(rows, "; ")
end

return rule {
	id = "ike1.no_proposal", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "refused" },
	title = _"Phase 1 proposals do not match (IKEv1)",
	say = {
		confirmed = _"{responder} refuses every phase 1 proposal of {initiator} with NO-PROPOSAL-CHOSEN ({frames}). {difference}. Offered: {offers}. The two sides disagree about algorithms or authentication method, or {responder} has no connection for {initiator}.",
	},
	sure = { confirmed = "the notify is here in clear text" },
	why = _"NO-PROPOSAL-CHOSEN from {responder}",
	advise = {
		now = { _"Compare the phase 1 policies of both sides: encryption, hash, group, authentication method. {difference}.",
		        _"Ask the administrator of {responder} for the log line of that second." },
		verify = { _"Connect again. Message 2 of {responder} must carry an SA payload, and this filter must show no frame: isakmp.notify.msgtype==14" },
		peer = _"Please send us the phase 1 policies that {responder} accepts from {initiator} (encryption, hash, group, authentication method), and its log line of the time below. It refuses all that are offered ({offers}).",
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
		local seen = append({}, found.frames, found.difference and found.difference.frames)
		return {
			confidence = "confirmed", culprit = "both", frames = seen, at = found.last, filter = "isakmp.notify.msgtype==14",
			args = { initiator = address(t, found.to), responder = address(t, found.from), frames = frames(found.frames), difference = difference(t, found),
			         offers = a and #(a.offered or {}) > 0 and table.concat(a.offered, "; ") or "?" },
		}
	end,
	tests = {
		{ name = "message 1 refused",
		  tunnel = { attempts = { { offered = { "AES-CBC/SHA1/pre-shared key/MODP_1024" } } },
		             refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", exchange = "MAIN_1", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1 } } },
		  expect = { confidence = "confirmed", culprit = "both" } },
		{ name = "it asked for another group before: the difference in words",
		  tunnel = { attempts = { { offered = { "3DES-CBC/SHA1/MODP-1024" } } },
		             refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", exchange = "MAIN_1", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1,
		                           difference = { basis = "chose", distance = 2, frames = { 9 }, rows = { { what = "encryption", offered = { "3DES-CBC" }, accepted = { "AES-CBC-256" } }, { what = "DH group", offered = { "MODP-1024" }, accepted = { "MODP-2048" } } } } } } },
		  expect = { text_has = "203.0.113.10 took AES-CBC-256 before; DH group: 198.51.100.10 offers MODP-1024" } },
		{ name = "a quick mode refused is another matter",
		  tunnel = { attempts = { {} },
		             refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", exchange = "QUICK_1", attempt = 1, from = "b", to = "a", frames = { 9 }, last = 0.1 } } },
		  expect = "nothing" },
	},
}
