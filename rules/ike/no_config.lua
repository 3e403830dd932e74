-- IKEv1 of some implementations: a refusal without SPI (40 octets) means "no configuration", one with it (56) a real mismatch.
-- Both versions: the offer holds all that the refusing side takes elsewhere, so it is not about algorithms.
local OFFERS, CHOSE = _"offers", _"chose"

return rule {
	id = "ike.no_config", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "refused" },
	title = _"The peer has no connection for this address, identity or version",
	say = {
		likely = _"{responder} has no connection for {initiator}: its NO-PROPOSAL-CHOSEN measures {size} and names no SPI ({frames}), as it does when no configuration fits the address or the version. The algorithms are not the matter.",
		possible = _"{responder} has no connection for {initiator}: it refuses an offer ({frames}) that differs in nothing from what it {basis} itself. A proposal that fits only as a whole elsewhere, or a change of its configuration in between, looks the same; its log decides.",
	},
	why = _"no connection for {initiator}",
	advise = {
		now = { _"Does {responder} expect {initiator} under this address (second uplink, NAT, new provider)?",
		        _"Do both sides use the same IKE version and mode?" },
		verify = { _"Connect again: message 2 carries an SA payload. Filter: isakmp.notify.msgtype==14" },
		peer = _"Please check that {responder} has a connection for {initiator}: address (second uplink, NAT, new provider), identity, IKE version and mode. It refuses the first message without looking at the algorithms.",
		admin = { _"strongSwan: remote_addrs, version; no IKE config found in its log", _"Libreswan: right=; no suitable connection found in its log", _"ASA: tunnel-group for {initiator}, Can't find a valid tunnel group; IOS: set peer" },
	},
	explains = { "ike1.no_proposal", "ike.no_proposal", "life.half_open", "path.udp500.no_reply" },
	references = { "RFC 2408 3.14.1" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		for _, r in ipairs(t.refused) do
			if r.version == 1 and r.name == "NO-PROPOSAL-CHOSEN" and r.bytes == 40 and (r.exchange == "MAIN_1" or r.exchange == "AGGRESSIVE_1") then
				return {
					confidence = "likely", culprit = "both", frames = r.frames, at = r.last, filter = "isakmp.notify.msgtype==14",
					severity = t.works and t.works.since > r.last and "medium" or nil,
					args = { initiator = address(t, r.to), responder = address(t, r.from), size = bytes(r.bytes), frames = frames(r.frames), basis = "" },
				}
			end
		end
		for _, r in ipairs(t.refused) do
			local first = r.exchange == "IKE_SA_INIT" or r.exchange == "MAIN_1" or r.exchange == "AGGRESSIVE_1"
			if (r.name == "NO_PROPOSAL_CHOSEN" or r.name == "NO-PROPOSAL-CHOSEN") and first and r.difference and r.difference.distance == 0 and r.difference.basis ~= "asks" then
				local seen = {}
				for _, f in ipairs(r.frames) do seen[#seen + 1] = f end
				for _, f in ipairs(r.difference.frames) do seen[#seen + 1] = f end
				return {
					confidence = "possible", culprit = "both", frames = seen, at = r.last, filter = "isakmp.notify.msgtype==14",
					severity = t.works and t.works.since > r.last and "medium" or nil,
					args = { initiator = address(t, r.to), responder = address(t, r.from), size = bytes(r.bytes), frames = frames(r.frames), basis = r.difference.basis == "offers" and OFFERS or CHOSE },
				}
			end
		end
	end,
	tests = {
		{ name = "40 octets to message 1",
		  tunnel = { refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", bytes = 40, exchange = "MAIN_1", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1 } } },
		  expect = { confidence = "likely", culprit = "both" } },
		{ name = "IKEv2: the offer holds all that the other side offers itself",
		  tunnel = { refused = { { version = 2, name = "NO_PROPOSAL_CHOSEN", bytes = 36, exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1,
		                           difference = { basis = "offers", distance = 0, rows = {}, frames = { 7 } } } } },
		  expect = { confidence = "possible", text_has = "offers itself" } },
		{ name = "IKEv2: something differs",
		  tunnel = { refused = { { version = 2, name = "NO_PROPOSAL_CHOSEN", bytes = 36, exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1,
		                           difference = { basis = "offers", distance = 1, rows = { { what = "DH group", offered = { "MODP-1024" }, accepted = { "MODP-2048" } } }, frames = { 7 } } } } },
		  expect = "nothing" },
		{ name = "56 octets are a real mismatch",
		  tunnel = { refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", bytes = 56, exchange = "MAIN_1", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1 } } },
		  expect = "nothing" },
	},
}
