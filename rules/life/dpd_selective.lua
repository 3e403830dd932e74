return rule {
	id = "life.dpd.selective", step = "lifecycle", severity = "high", scope = "tunnel",
	trigger = { "unanswered" },
	title = _"Keepalive checks fail while data flows",
	say = {
		confirmed = _"{silent} does not answer the IKE requests of {asker} ({sends} times, {frames}), while its data goes on to arrive. The tunnel is declared dead although it carries traffic.",
	},
	why = _"IKE unanswered, data arrives",
	advise = {
		now = { _"Is the IKE service of {silent} overloaded or hung? Restart it in a quiet minute.", _"Record at {silent}: do the IKE requests arrive there?" },
		verify = { _"Wait for the next check of {asker}. This filter must show answers of {silent}: isakmp.exchangetype==37 && isakmp.flag_r==1 && ip.src=={silent}" },
		isp = _"Please check whether a rate limit or an address translation between {asker} and {silent} drops UDP 500 or 4500: IKE between the two is not answered, while their data passes.",
		admin = { _"Control-plane policing at {silent}; dpd_delay, isakmp keepalive" },
	},
	explains = { "life.dpd.dead", "life.half_open" },
	references = { "RFC 7296 2.4", "RFC 3706 5" },
	when = function(t, c)
		for _, x in ipairs(t.unanswered) do
			local a = t.attempts[x.attempt]
			local d = t.data and t.data[x.to]
			if x.type == "INFORMATIONAL" and x.sends >= 4 and waited(x) and x.icmp == 0 and x.first_inner == 0 and (a.established or not a.from_start)
			   and d and d.last and d.last > x.last and d.last > x.first + 10 and x.to ~= t.vantage.side then
				local other_sa
				for _, b in ipairs(t.attempts) do
					if b.n ~= a.n and b.last > x.first then other_sa = true end
				end
				if not other_sa then
					return {
						confidence = "confirmed", culprit = "unknown", frames = x.frames, at = x.last,
						args = { silent = address(t, x.to), asker = address(t, x.from), sends = count(x.sends), frames = frames(x.frames) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "checks unanswered, ESP of the peer goes on",
		  tunnel = { data = { a = { last = 150 }, b = { last = 150 } }, attempts = { { n = 1, established = "inferred", from_start = true, last = 119 } },
		             unanswered = { { type = "INFORMATIONAL", from = "a", to = "b", attempt = 1, sends = 6, quiet = true, icmp = 0, first_inner = 0, first = 30, last = 119, frames = { 40, 50 } } } },
		  expect = { confidence = "confirmed", severity = "high" } },
		{ name = "four times in three seconds and given up",
		  tunnel = { data = { a = { last = 150 }, b = { last = 150 } }, attempts = { { n = 1, established = "inferred", from_start = true, last = 119 } },
		             unanswered = { { type = "INFORMATIONAL", from = "a", to = "b", attempt = 1, sends = 4, quiet = true, icmp = 0, first_inner = 0, first = 30, last = 33, frames = { 40, 50 } } } },
		  expect = { confidence = "confirmed", severity = "high" } },
		{ name = "the recording has a hole where its answer may have been",
		  tunnel = { data = { a = { last = 150 }, b = { last = 150 } }, attempts = { { n = 1, established = "inferred", from_start = true, last = 119 } },
		             unanswered = { { type = "INFORMATIONAL", from = "a", to = "b", attempt = 1, sends = 6, quiet = false, hole = true, icmp = 0, first_inner = 0, first = 30, last = 119, frames = { 40, 50 } } } },
		  expect = "nothing" },
		{ name = "the data stops too: life.dpd.dead",
		  tunnel = { data = { a = { last = 150 }, b = { last = 29 } }, attempts = { { n = 1, established = "inferred", from_start = true, last = 119 } },
		             unanswered = { { type = "INFORMATIONAL", from = "a", to = "b", attempt = 1, sends = 6, quiet = true, icmp = 0, first_inner = 0, first = 30, last = 119, frames = { 40, 50 } } } },
		  expect = "nothing" },
	},
}
