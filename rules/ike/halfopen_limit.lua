-- A responder that counts half-open attempts stops answering one address after several failures, for as long as its timer runs.
local FAILED, WITHIN_S = 3, 30

return rule {
	id = "ike.halfopen_limit", step = "negotiation", severity = "high", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The responder throttles us after many failures",
	say = { possible = _"After {failed} attempts of {initiator} that failed, {responder} no longer answers new ones ({frames}), and later it does again. It counts half-open attempts and stops for a while. Packets lost in just that time look the same; the log of {responder} decides." },
	why = _"silence after {failed} failed attempts",
	advise = {
		now = { _"Cure the first failure: this one is only its shadow.", _"Wait half a minute before the next attempt." },
		verify = { _"Wait for half a minute and connect again. This filter must show an answer of {responder}: (isakmp.exchangetype==34 || isakmp.exchangetype==2) && ip.src=={responder}" },
		admin = { _"strongSwan: charon.block_threshold, charon.half_open_timeout, charon.cookie_threshold; raise them only afterwards", _"ASA: crypto ikev2 limit max-in-negotiation-sa; IOS: crypto call admission limit ike" },
	},
	references = { "RFC 8019 4" },
	when = function(t, c)
		if not t.both_ways or c.sees.both_ways ~= "yes" then return nil end
		for _, side in ipairs { "a", "b" } do
			local failed, silent = {}, {}
			for _, a in ipairs(t.attempts) do
				local x = a.exchanges[1]
				if a.from_start and a.initiator == side and x and x.sends > 0 then
					local heard = x.answered or x.refused
					if heard and #failed >= FAILED and #silent > 0 and failed[#failed].last - failed[#failed - FAILED + 1].first <= WITHIN_S then
						local seen = {}
						for _, y in ipairs(silent) do seen[#seen + 1] = y.frames[1] end
						return {
							confidence = "possible", culprit = other(side) == t.vantage.side and "local" or "peer", frames = seen, at = silent[#silent].last,
							severity = t.works and t.works.since > silent[#silent].last and "low" or nil,
							args = { initiator = address(t, side), responder = address(t, other(side)), failed = count(#failed), frames = frames(seen) },
						}
					end
					if heard and a.established then
						failed, silent = {}, {}
					elseif heard then
						if #silent > 0 then failed, silent = {}, {} end
						failed[#failed + 1] = a
					elseif #failed >= FAILED and x.icmp == 0 and x.quiet and x.first - failed[#failed].last <= WITHIN_S then
						silent[#silent + 1] = x
					end
				end
			end
		end
	end,
	tests = {
		{ name = "refused three times, then silence, then answered again",
		  tunnel = { attempts = {
		    { from_start = true, initiator = "a", first = 0, last = 1, exchanges = { { sends = 1, answered = true, first = 0, last = 0, icmp = 0, frames = { 1 } } } },
		    { from_start = true, initiator = "a", first = 4, last = 5, exchanges = { { sends = 1, answered = true, first = 4, last = 4, icmp = 0, frames = { 5 } } } },
		    { from_start = true, initiator = "a", first = 8, last = 9, exchanges = { { sends = 1, answered = true, first = 8, last = 8, icmp = 0, frames = { 9 } } } },
		    { from_start = true, initiator = "a", first = 12, last = 20, exchanges = { { sends = 3, answered = false, quiet = true, first = 12, last = 20, icmp = 0, frames = { 13, 14 } } } },
		    { from_start = true, initiator = "a", first = 50, last = 51, exchanges = { { sends = 1, answered = true, first = 50, last = 50, icmp = 0, frames = { 16 } } } } } },
		  expect = { confidence = "possible", culprit = "peer" } },
		{ name = "it never answers again: something else",
		  tunnel = { attempts = {
		    { from_start = true, initiator = "a", first = 0, last = 1, exchanges = { { sends = 1, answered = true, first = 0, last = 0, icmp = 0, frames = { 1 } } } },
		    { from_start = true, initiator = "a", first = 4, last = 5, exchanges = { { sends = 1, answered = true, first = 4, last = 4, icmp = 0, frames = { 5 } } } },
		    { from_start = true, initiator = "a", first = 8, last = 9, exchanges = { { sends = 1, answered = true, first = 8, last = 8, icmp = 0, frames = { 9 } } } },
		    { from_start = true, initiator = "a", first = 12, last = 20, exchanges = { { sends = 3, answered = false, quiet = true, first = 12, last = 20, icmp = 0, frames = { 13, 14 } } } } } },
		  expect = "nothing" },
		{ name = "only one direction can be seen",
		  tunnel = { both_ways = false, attempts = {
		    { from_start = true, initiator = "a", first = 0, last = 1, exchanges = { { sends = 1, answered = true, first = 0, last = 0, icmp = 0, frames = { 1 } } } },
		    { from_start = true, initiator = "a", first = 4, last = 5, exchanges = { { sends = 1, answered = true, first = 4, last = 4, icmp = 0, frames = { 5 } } } },
		    { from_start = true, initiator = "a", first = 8, last = 9, exchanges = { { sends = 1, answered = true, first = 8, last = 8, icmp = 0, frames = { 9 } } } },
		    { from_start = true, initiator = "a", first = 12, last = 20, exchanges = { { sends = 3, answered = false, quiet = true, first = 12, last = 20, icmp = 0, frames = { 13, 14 } } } },
		    { from_start = true, initiator = "a", first = 50, last = 51, exchanges = { { sends = 1, answered = true, first = 50, last = 50, icmp = 0, frames = { 16 } } } } } },
		  expect = "nothing" },
	},
}
