return rule {
	id = "ike1.invalid_cookie", step = "lifecycle", severity = "high", scope = "tunnel",
	trigger = { "refused" },
	title = _"The responder does not know this phase 1",
	say = { likely = _"{peer} says that it does not know the phase 1 that {asker} uses (INVALID-COOKIE, {count} seen: {frames}). It restarted and {asker} kept the old one." },
	sure = { likely = "the peer says so, after it took part in that phase 1" },
	why = _"INVALID-COOKIE from {peer}",
	advise = {
		now = { _"Clear the old phase 1 at {asker}, and switch on dead peer detection." },
		verify = { _"Build the tunnel anew: {peer} must answer {asker}, and after that this filter must show no frame: isakmp.notify.msgtype==4" },
		admin = { _"ASA: clear crypto isakmp sa; IOS: clear crypto session remote; Libreswan: ipsec auto --down, --up" },
	},
	references = { "RFC 2408 5.2", "RFC 2408 3.14.1" },
	when = function(t, c)
		for i, r in ipairs(t.refused) do
			if r.version == 1 and (r.name == "INVALID-COOKIE" or r.name == "INVALID-SPI") and r.count >= 2 then
				return {
					confidence = "likely", culprit = r.from == t.vantage.side and "local" or "peer", frames = r.frames, at = r.last, severity = t.works and "medium" or nil,
					args = { peer = address(t, r.from), asker = address(t, r.to), count = count(r.count), frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "twice", tunnel = { refused = { { version = 1, name = "INVALID-COOKIE", attempt = 1, from = "b", to = "a", count = 2, last = 60, frames = { 30 } } } }, expect = { confidence = "likely" } },
		{ name = "a late copy of an old message", tunnel = { refused = { { version = 1, name = "INVALID-COOKIE", attempt = 1, from = "b", to = "a", count = 1, last = 60, frames = { 30 } } } }, expect = "nothing" },
	},
}
