return rule {
	id = "ike.invalid_ike_spi", step = "lifecycle", severity = "medium", scope = "tunnel",
	trigger = { "refused" },
	title = _"The peer does not know this IKE SA",
	say = {
		likely = _"{peer} says that it does not know the IKE SA that {asker} uses ({name}, {count} seen: {frames}). It restarted, failed over, or another device answers in its place. Such a message carries no proof of its sender.",
	},
	sure = { likely = "the peer says so; all causes are named, and that it may be forged" },
	why = _"{name} from {peer}",
	advise = {
		now = { _"Look for a restart or failover at {peer}; clear the old SA at {asker}." },
		verify = { _"Build the tunnel anew: {peer} must answer {asker}, and after that this filter must show no frame: isakmp.notify.msgtype==4 || isakmp.notify.msgtype==11" },
		admin = { _"IOS: crypto isakmp invalid-spi-recovery; ASA: clear crypto ikev2 sa; switch on dead peer detection" },
	},
	references = { "RFC 7296 1.5", "RFC 7296 2.21.4", "RFC 6290", "RFC 2408 5.2" },
	when = function(t, c)
		for i, r in ipairs(t.refused) do
			if r.name == "INVALID_IKE_SPI" or r.name == "INVALID_SPI" then
				local a = t.attempts and t.attempts[r.attempt]
				return {
					confidence = "likely", culprit = r.from == t.vantage.side and "local" or "peer", frames = r.frames, at = r.last,
					severity = (r.count < 2 or not (a and (a.established or not a.from_start))) and "low" or r.count >= 3 and not (t.works and t.works.last > r.last) and "high" or nil,
					args = { peer = address(t, r.from), asker = address(t, r.to), name = r.name, count = count(r.count), frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "five times in an SA that worked",
		  tunnel = { attempts = { { established = "inferred" } }, refused = { { name = "INVALID_IKE_SPI", attempt = 1, from = "b", to = "a", count = 5, last = 60, frames = { 30, 32 } } } }, expect = { confidence = "likely", severity = "high" } },
		{ name = "once, out of the blue",
		  tunnel = { attempts = { { established = "inferred" } }, refused = { { name = "INVALID_IKE_SPI", attempt = 1, from = "b", to = "a", count = 1, last = 60, frames = { 30 } } } }, expect = { severity = "low" } },
		{ name = "another notify", tunnel = { attempts = { {} }, refused = { { name = "NO_PROPOSAL_CHOSEN", attempt = 1, from = "b", to = "a", count = 1, last = 60, frames = { 30 } } } }, expect = "nothing" },
	},
}
