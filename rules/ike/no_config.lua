-- IKEv1 of strongSwan: a refusal without SPI (40 octets) means "no configuration", one with it (56) a real mismatch. Others never name the SPI.
-- Both versions: the offer holds all that the refusing side takes elsewhere, so it is not about algorithms.
local OFFERS = _"the refused offer differs in nothing from what %s itself offers"
local CHOSE = _"the refused offer differs in nothing from what %s chose before"
local NO_SPI = _"the refusal of %s names no SPI, as strongSwan writes it when no configuration fits the address or the version"

return rule {
	id = "ike.no_config", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "refused" },
	title = _"The peer has no connection for this address, identity or version",
	say = {
		likely = _"{responder} has no connection for {initiator}: its NO-PROPOSAL-CHOSEN measures {size} and names no SPI ({frames}), as it does when no configuration fits the address or the version. The algorithms are not the matter.",
		possible = _"{responder} has no connection for {initiator}: {basis} ({frames}). Another program that refuses algorithms looks the same, and so does a configuration changed in between; the log of {responder} decides.",
	},
	sure = { likely = "only strongSwan refuses in two sizes, and its vendor id is here" },
	why = _"no connection for {initiator}",
	advise = {
		now = { _"Does {responder} expect {initiator} under this address (second uplink, NAT, new provider)?",
		        _"Do both sides use the same IKE version and mode?" },
		verify = { _"Connect again. {responder} must answer {initiator} with an SA payload, and this filter must show no frame: isakmp.notify.msgtype==14" },
		peer = _"Please check that {responder} has a connection for {initiator}: address (second uplink, NAT, new provider), identity, IKE version and mode. It refuses the first message without looking at the algorithms.",
		admin = { _"strongSwan: remote_addrs, version; no IKE config found in its log", _"Libreswan: right=; no suitable connection found in its log", _"ASA: tunnel-group for {initiator}, Can't find a valid tunnel group; IOS: set peer" },
	},
	explains = { "ike1.no_proposal", "ike.no_proposal", "life.half_open", "path.udp500.no_reply" },
	references = { "RFC 2408 3.14.1" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		for _, r in ipairs(t.refused) do
			local differs = r.difference and r.difference.distance > 0
			if r.version == 1 and r.name == "NO-PROPOSAL-CHOSEN" and r.bytes == 40 and not differs and (r.exchange == "MAIN_1" or r.exchange == "AGGRESSIVE_1") then
				local program = t.implementation and t.implementation[r.from]
				return {
					confidence = program and starts(program, "strongSwan") and "likely" or "possible", culprit = "both", frames = r.frames, at = r.last, filter = "isakmp.notify.msgtype==14",
					severity = t.works and t.works.since > r.last and "medium" or nil,
					args = { initiator = address(t, r.to), responder = address(t, r.from), size = bytes(r.bytes), frames = frames(r.frames), basis = string.format(NO_SPI, address(t, r.from)) },
				}
			end
		end
		for _, r in ipairs(t.refused) do
			local first = r.exchange == "IKE_SA_INIT" or r.exchange == "MAIN_1" or r.exchange == "AGGRESSIVE_1"
			if (r.name == "NO_PROPOSAL_CHOSEN" or r.name == "NO-PROPOSAL-CHOSEN") and first and r.difference and r.difference.distance == 0 and r.difference.basis ~= "asks" then
				local seen = append({}, r.frames, r.difference.frames)
				return {
					confidence = "possible", culprit = "both", frames = seen, at = r.last, filter = "isakmp.notify.msgtype==14",
					severity = t.works and t.works.since > r.last and "medium" or nil,
					args = { initiator = address(t, r.to), responder = address(t, r.from), size = bytes(r.bytes), frames = frames(r.frames), basis = string.format(r.difference.basis == "offers" and OFFERS or CHOSE, address(t, r.from)) },
				}
			end
		end
	end,
	tests = {
		{ name = "40 octets to message 1, from strongSwan",
		  tunnel = { implementation = { b = "strongSwan" }, refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", bytes = 40, exchange = "MAIN_1", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1 } } },
		  expect = { confidence = "likely", culprit = "both" } },
		{ name = "40 octets to message 1, from whoever",
		  tunnel = { refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", bytes = 40, exchange = "MAIN_1", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1 } } },
		  expect = { confidence = "possible", text_has = "names no SPI" } },
		{ name = "40 octets, and the algorithms differ",
		  tunnel = { implementation = { b = "strongSwan" }, refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", bytes = 40, exchange = "MAIN_1", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1,
		                           difference = { basis = "offers", distance = 1, rows = { { what = "DH group", offered = { "MODP-1024" }, accepted = { "MODP-2048" } } }, frames = { 7 } } } } },
		  expect = "nothing" },
		{ name = "IKEv2: the offer holds all that the other side offers itself",
		  tunnel = { refused = { { version = 2, name = "NO_PROPOSAL_CHOSEN", bytes = 36, exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1,
		                           difference = { basis = "offers", distance = 0, rows = {}, frames = { 7 } } } } },
		  expect = { confidence = "possible", text_has = "itself offers" } },
		{ name = "IKEv2: something differs",
		  tunnel = { refused = { { version = 2, name = "NO_PROPOSAL_CHOSEN", bytes = 36, exchange = "IKE_SA_INIT", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1,
		                           difference = { basis = "offers", distance = 1, rows = { { what = "DH group", offered = { "MODP-1024" }, accepted = { "MODP-2048" } } }, frames = { 7 } } } } },
		  expect = "nothing" },
		{ name = "56 octets are a real mismatch",
		  tunnel = { refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", bytes = 56, exchange = "MAIN_1", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1 } } },
		  expect = "nothing" },
	},
}
