local SAID = { INVALID_SPI = true, ["INVALID-SPI"] = true }
local REACTS_S = 10

return rule {
	id = "data.esp.invalid_spi", step = "data", severity = "high", scope = "tunnel",
	trigger = { "refused" },
	title = _"The receiver says that it does not know that SPI",
	say = {
		confirmed = _"{receiver} says {count} times that it does not know the SPI that {sender} sends on ({name}, {frames}), over {span}: {sender} does not react. The two do not share their SAs any more.",
		likely = _"{receiver} says that it does not know the SPI that {sender} sends on ({name}, {count} seen: {frames}): one of the two lost its state. The message is not signed, so it may be forged.",
	},
	sure = {
		confirmed = "the receiver says so again after it had been heard, or should have been",
		likely = "the receiver says so; that it may be forged is told",
	},
	why = _"{name} from {receiver}",
	advise = {
		now = { _"Clear the SAs at {sender}, so that the tunnel is built anew.", _"Switch on dead peer detection on both sides." },
		verify = { _"Send data in both directions. {sender} must answer data of {receiver}, and this filter must show no frame: isakmp.notify.msgtype==11" },
		admin = { _"IOS: crypto isakmp invalid-spi-recovery; ASA: clear crypto ipsec sa peer; strongSwan: dpd_delay" },
	},
	explains = { "data.esp.one_way", "data.esp.unknown_spi" },
	references = { "RFC 7296 1.5", "RFC 7296 3.10.1", "RFC 2408 3.14.1" },
	when = function(t, c)
		for i, r in ipairs(t.refused) do
			if SAID[r.name] then
				local goes_on = r.count >= 2 and r.last - r.first > REACTS_S
				return {
					confidence = goes_on and "confirmed" or "likely", culprit = "both", frames = r.frames, at = r.last,
					severity = t.works and t.works.last > r.last + REACTS_S and "low" or nil,
					args = { receiver = address(t, r.from), sender = address(t, r.to), name = r.name, count = count(r.count), span = duration(math.max(r.last - r.first, 0.001)), frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "said again and again", tunnel = { refused = { { name = "INVALID_SPI", from = "b", to = "a", count = 9, first = 20, last = 60, frames = { 30, 32 } } } }, expect = { confidence = "confirmed", severity = "high", culprit = "both" } },
		{ name = "said once", tunnel = { refused = { { name = "INVALID-SPI", from = "b", to = "a", count = 1, first = 20, last = 20, frames = { 30 } } } }, expect = { confidence = "likely" } },
		{ name = "and the tunnel goes on", tunnel = { works = { since = 1, last = 99 }, refused = { { name = "INVALID_SPI", from = "b", to = "a", count = 1, first = 20, last = 20, frames = { 30 } } } }, expect = { severity = "low" } },
		{ name = "another notify", tunnel = { refused = { { name = "NO_PROPOSAL_CHOSEN", from = "b", to = "a", count = 1, first = 20, last = 20, frames = { 30 } } } }, expect = "nothing" },
	},
}
