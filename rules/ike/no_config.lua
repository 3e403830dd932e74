-- IKEv1 of some implementations: a refusal without SPI (40 octets) means "no configuration", one with it (56) a real mismatch.
return rule {
	id = "ike.no_config", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "refused" },
	title = _"The peer has no connection for this address, identity or version",
	say = {
		likely = _"{responder} has no connection for {initiator}: its NO-PROPOSAL-CHOSEN measures {size} and names no SPI ({frames}), as it does when no configuration fits the address or the version. The algorithms are not the matter.",
	},
	why = _"no connection for {initiator}",
	advise = {
		now = { _"Does {responder} expect {initiator} under this address (second uplink, NAT, new provider)?",
		        _"Do both sides use the same IKE version and mode?" },
		verify = { _"Connect again: message 2 carries an SA payload. Filter: isakmp.notify.msgtype==14" },
		admin = { _"strongSwan: remote_addrs, version; no IKE config found in its log", _"ASA: tunnel-group for {initiator}; IOS: set peer" },
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
					args = { initiator = address(t, r.to), responder = address(t, r.from), size = bytes(r.bytes), frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "40 octets to message 1",
		  tunnel = { refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", bytes = 40, exchange = "MAIN_1", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1 } } },
		  expect = { confidence = "likely", culprit = "both" } },
		{ name = "56 octets are a real mismatch",
		  tunnel = { refused = { { version = 1, name = "NO-PROPOSAL-CHOSEN", bytes = 56, exchange = "MAIN_1", attempt = 1, from = "b", to = "a", frames = { 2 }, last = 0.1 } } },
		  expect = "nothing" },
	},
}
