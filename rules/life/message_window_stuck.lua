return rule {
	id = "life.message_window_stuck", step = "lifecycle", severity = "high", scope = "tunnel",
	trigger = { "unanswered" },
	title = _"One unanswered request blocks everything behind it",
	say = {
		likely = _"A large request of {asker} ({message}, {size}, {frames}) is never answered and blocks every smaller one behind it: IKEv2 allows one open request. Small messages of the same tunnel were answered before it. {peer} loses its partner although the path is there. A peer that drops the request for reasons of its own looks the same; a capture at {peer} decides.",
	},
	why = _"{message} of {size} unanswered",
	advise = {
		now = { _"Test the path with pings of growing size that may not be fragmented.", _"Use a smaller key exchange for rekeys (group 19 or 31), so that the request stays below 1280 bytes." },
		verify = { _"Rekey once. This filter must show an answer of {peer}: isakmp.exchangetype==36 && isakmp.flag_r==1 && ip.src=={peer}" },
		isp = _"Please check the MTU from {asker} to {peer}, and let ICMP type 3 code 4 pass: UDP packets of {size} are not delivered, smaller ones are.",
		admin = { _"strongSwan: esp_proposals, proposals with ecp256 or x25519; lower the MTU of the outside interface" },
	},
	explains = { "life.dpd.dead", "life.rekey.failed", "life.half_open" },
	references = { "RFC 7296 2.3" },
	when = function(t, c)
		for i, x in ipairs(t.unanswered) do
			local a = t.attempts[x.attempt]
			if x.type == "CREATE_CHILD_SA" and x.ip_bytes > 1280 and x.sends >= 3 and waited(x) and x.icmp == 0 and (a.established or not a.from_start) and x.to ~= t.vantage.side then
				local small
				for k, y in ipairs(a.exchanges) do
					if y.from == x.from and y.sends > 0 and y.answered and y.ip_bytes < 1280 and y.last < x.first then small = true end
				end
				if small then
					return {
						confidence = "likely", culprit = "path", frames = x.frames, at = x.last,
						args = { asker = address(t, x.from), peer = address(t, x.to), message = message(x.type), size = bytes(x.ip_bytes), frames = frames(x.frames) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "a rekey of 1400 bytes",
		  tunnel = { attempts = { { established = "inferred", exchanges = { { from = "a", sends = 1, answered = true, ip_bytes = 112, last = 5 } } } },
		             unanswered = { { type = "CREATE_CHILD_SA", from = "a", to = "b", attempt = 1, sends = 5, quiet = true, icmp = 0, ip_bytes = 1400, first = 20, last = 90, frames = { 40 } } } },
		  expect = { confidence = "likely", severity = "high" } },
		{ name = "three times and given up: the recording goes on long enough",
		  tunnel = { attempts = { { established = "inferred", exchanges = { { from = "a", sends = 1, answered = true, ip_bytes = 112, last = 5 } } } },
		             unanswered = { { type = "CREATE_CHILD_SA", from = "a", to = "b", attempt = 1, sends = 3, quiet = true, icmp = 0, ip_bytes = 1400, first = 20, last = 90, frames = { 40 } } } },
		  expect = { confidence = "likely", severity = "high" } },
		{ name = "the recording has a hole where its answer may have been",
		  tunnel = { attempts = { { established = "inferred", exchanges = { { from = "a", sends = 1, answered = true, ip_bytes = 112, last = 5 } } } },
		             unanswered = { { type = "CREATE_CHILD_SA", from = "a", to = "b", attempt = 1, sends = 5, quiet = false, hole = true, icmp = 0, ip_bytes = 1400, first = 20, last = 90, frames = { 40 } } } },
		  expect = "nothing" },
		{ name = "a small one: the peer is gone",
		  tunnel = { attempts = { { established = "inferred", exchanges = { { from = "a", sends = 1, answered = true, ip_bytes = 112, last = 5 } } } },
		             unanswered = { { type = "CREATE_CHILD_SA", from = "a", to = "b", attempt = 1, sends = 5, quiet = true, icmp = 0, ip_bytes = 400, first = 20, last = 90, frames = { 40 } } } },
		  expect = "nothing" },
	},
}
