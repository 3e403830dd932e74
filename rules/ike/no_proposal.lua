-- RFC 7296 2.7. The same 36 octets also mean "I have no configuration for you": both are said.
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
	id = "ike.no_proposal", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "refused" },
	title = _"The peer accepts none of the algorithms offered",
	say = {
		confirmed = _"{responder} refuses every IKE proposal of {initiator} with NO_PROPOSAL_CHOSEN ({frames}). {difference}. Offered: {offers}. The two sides disagree about algorithms, or {responder} has no connection for {initiator}.",
	},
	sure = { confirmed = "the notify is here in clear text" },
	why = _"NO_PROPOSAL_CHOSEN from {responder}",
	advise = {
		now = { _"Get the log line of {responder} of that second first: it names the transform that does not match, or says that no connection fits {initiator}.",
		        _"Then compare the IKE (phase 1) proposals of both sides, transform by transform. {difference}." },
		verify = { _"Connect again. The first answer of {responder} must carry an SA payload, and this filter must show no frame: isakmp.notify.msgtype==14" },
		peer = _"Please send us the IKE (phase 1) proposals that {responder} accepts from {initiator}, and its log line of the time below. It refuses all that are offered ({offers}). If it has no connection for {initiator}, please tell us which address, identity and IKE version it expects.",
		admin = { _"ASA: show running-config crypto ikev2", _"strongSwan: swanctl --list-conns, swanctl --log --level 2",
		          _"Windows: Get-VpnConnection, Set-VpnConnectionIPsecConfiguration", _"Does {responder} expect this source address?" },
	},
	explains = { "life.half_open", "path.udp500.no_reply" },
	references = { "RFC 7296 2.7", "RFC 7296 3.10.1", "RFC 7296 2.21.1" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		local found
		for _, r in ipairs(t.refused) do
			if r.version == 2 and r.name == "NO_PROPOSAL_CHOSEN" and (r.exchange == "IKE_SA_INIT" or not r.exchange) then
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
		{ name = "refused in clear",
		  tunnel = { attempts = { { offered = { "AES_CBC-128/HMAC_SHA1_96/MODP_1024" } } },
		             refused = { { version = 2, name = "NO_PROPOSAL_CHOSEN", exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1 } } },
		  expect = { confidence = "confirmed", culprit = "both", text_has = "MODP_1024" } },
		{ name = "and the other side's own offer is here: the difference in words",
		  tunnel = { attempts = { { offered = { "AES_CBC-128/MODP-1024" } } },
		             refused = { { version = 2, name = "NO_PROPOSAL_CHOSEN", exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1,
		                           difference = { basis = "offers", distance = 1, frames = { 9 }, rows = { { what = "DH group", offered = { "MODP-1024" }, accepted = { "MODP-2048", "Curve25519" } } } } } } },
		  expect = { text_has = "DH group: 198.51.100.10 offers MODP-1024, 203.0.113.10 itself offers MODP-2048 / Curve25519" } },
		{ name = "another notify",
		  tunnel = { attempts = { {} },
		             refused = { { version = 2, name = "INVALID_KE_PAYLOAD", exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1 } } },
		  expect = "nothing" },
		{ name = "IKEv1 has a rule of its own",
		  tunnel = { attempts = { {} },
		             refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", exchange = "MAIN_1", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1 } } },
		  expect = "nothing" },
	},
}
