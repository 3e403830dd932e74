-- Nearly every access line carries 1400 bytes: what is smaller is not yet the reason of the silence.
local USUAL = 1400

return rule {
	id = "ike.init.too_large", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "unanswered" },
	title = _"The very first message is too large for the path",
	say = {
		possible = _"The first IKE message of {initiator} measures {size} ({frames}) and is never answered, {sends} times. Such a message cannot be split by IKE; a path that loses large packets stops it. A peer that does not answer at all looks the same; a capture at {responder} decides.",
	},
	why = _"first message of {size}",
	advise = {
		now = { _"Offer fewer proposals and a smaller first key exchange (group 19 instead of 16 or 18, additional key exchanges later).", _"Record at {responder}: does the message arrive there?" },
		verify = { _"Connect again. This filter must show an answer of {responder}: isakmp.exchangetype==34 && isakmp.flag_r==1" },
		admin = { _"strongSwan: proposals with one entry; ASA: fewer crypto ikev2 policies" },
	},
	explains = { "path.udp500.no_reply", "path.frag.all_missing" },
	references = { "RFC 7383 2.2", "RFC 9242 1", "RFC 9370 1" },
	when = function(t, c)
		local first = { IKE_SA_INIT = true, MAIN_1 = true, AGGRESSIVE_1 = true }
		for i, x in ipairs(t.unanswered) do
			if first[x.type] and x.ip_bytes > 1280 and x.sends >= 3 and waited(x) and x.icmp == 0 and x.to ~= t.vantage.side and not x.partial_answer and not t.works then
				return {
					confidence = "possible", culprit = "both", frames = x.frames, at = x.last,
					explains = x.ip_bytes <= USUAL and {} or nil,
					args = { initiator = address(t, x.from), responder = address(t, x.to), size = bytes(x.ip_bytes), sends = count(x.sends), frames = frames(x.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "1600 bytes, five times", tunnel = { unanswered = { { type = "IKE_SA_INIT", from = "a", to = "b", sends = 5, quiet = true, icmp = 0, ip_bytes = 1600, first = 0, last = 89, frames = { 1, 2 } } } }, expect = { confidence = "possible" } },
		{ name = "1329 bytes, as vpnc begins: path.udp500.no_reply stands beside it", tunnel = { unanswered = { { type = "AGGRESSIVE_1", from = "a", to = "b", sends = 4, quiet = true, icmp = 0, ip_bytes = 1329, first = 0, last = 7, frames = { 1, 2 } } } }, expect = { confidence = "possible", explains = {} } },
		{ name = "three times and given up: the recording goes on long enough", tunnel = { unanswered = { { type = "IKE_SA_INIT", from = "a", to = "b", sends = 3, quiet = true, icmp = 0, ip_bytes = 1600, first = 0, last = 89, frames = { 1, 2 } } } }, expect = { confidence = "possible" } },
		{ name = "the recording has a hole where its answer may have been", tunnel = { unanswered = { { type = "IKE_SA_INIT", from = "a", to = "b", sends = 5, quiet = false, hole = true, icmp = 0, ip_bytes = 1600, first = 0, last = 89, frames = { 1, 2 } } } }, expect = "nothing" },
		{ name = "464 bytes", tunnel = { unanswered = { { type = "IKE_SA_INIT", from = "a", to = "b", sends = 5, quiet = true, icmp = 0, ip_bytes = 464, first = 0, last = 89, frames = { 1, 2 } } } }, expect = "nothing" },
	},
}
