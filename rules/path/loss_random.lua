-- Requests that come through at last, but need resends. Those of one side, and only where enough were asked.
local EXCHANGES, SHARE = 5, 0.20

return rule {
	id = "path.loss.random", step = "reachability", severity = "medium", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Packets are lost at random",
	say = {
		likely = _"The path between {asker} and {peer} loses packets: {again} of the requests of {asker} need a resend ({frames}), and all are answered in the end. A peer too busy to answer at once looks the same; a capture at {peer} decides.",
	},
	why = _"{again} requests resent",
	advise = {
		now = { _"Look at the interface error counters on both ends and at the load of the line." },
		verify = { _"Each request is answered at the first try." },
		isp = _"Please check interface errors and rate limits between {asker} and {peer}: packets are lost, {again} UDP requests needed a resend.",
		admin = { _"ping -c 200 to the peer; mtr; show interface" },
	},
	references = { "RFC 7680", "RFC 7296 2.1" },
	when = function(t, c)
		for i, side in ipairs { "a", "b" } do
			local all, again, seen, last = 0, 0, {}, 0
			for k, a in ipairs(t.attempts) do
				for n, x in ipairs(a.exchanges) do
					local y = x.answer
					if x.from == side and side == t.vantage.side and x.sends > 0 and x.expects_answer and y and y.delay then
						all = all + 1
						-- a late answer to the last request, one for each: slow, not lost
						if x.sends >= 2 and x.sends_after_answer == 0 and y.sends < x.sends then
							again, last = again + 1, math.max(last, x.last)
							append(seen, x.frames)
						end
					end
				end
			end
			if all >= EXCHANGES and again >= 2 and again / all >= SHARE then
				return {
					confidence = "likely", culprit = "path", frames = seen, at = last,
					args = { asker = address(t, side), peer = address(t, other(side)), again = count(again, all), frames = frames(seen) },
				}
			end
		end
	end,
	tests = {
		{ name = "two of five resent",
		  tunnel = { attempts = { { exchanges = {
		    { from = "a", sends = 2, expects_answer = true, sends_after_answer = 0, last = 4, frames = { 1, 2 }, answer = { delay = 4, sends = 1 } }, { from = "a", sends = 1, expects_answer = true, sends_after_answer = 0, last = 5, frames = { 4 }, answer = { delay = 0.1, sends = 1 } },
		    { from = "a", sends = 3, expects_answer = true, sends_after_answer = 0, last = 9, frames = { 6 }, answer = { delay = 4, sends = 1 } }, { from = "a", sends = 1, expects_answer = true, sends_after_answer = 0, last = 12, frames = { 8 }, answer = { delay = 0.1, sends = 1 } },
		    { from = "a", sends = 1, expects_answer = true, sends_after_answer = 0, last = 14, frames = { 10 }, answer = { delay = 0.1, sends = 1 } } } } } },
		  expect = { confidence = "likely", severity = "medium", text_has = "2 of 5" } },
		{ name = "one resend in five may be chance",
		  tunnel = { attempts = { { exchanges = {
		    { from = "a", sends = 2, expects_answer = true, sends_after_answer = 0, last = 4, frames = { 1, 2 }, answer = { delay = 4, sends = 1 } }, { from = "a", sends = 1, expects_answer = true, sends_after_answer = 0, last = 5, frames = { 4 }, answer = { delay = 0.1, sends = 1 } },
		    { from = "a", sends = 1, expects_answer = true, sends_after_answer = 0, last = 9, frames = { 6 }, answer = { delay = 4, sends = 1 } }, { from = "a", sends = 1, expects_answer = true, sends_after_answer = 0, last = 12, frames = { 8 }, answer = { delay = 0.1, sends = 1 } },
		    { from = "a", sends = 1, expects_answer = true, sends_after_answer = 0, last = 14, frames = { 10 }, answer = { delay = 0.1, sends = 1 } } } } } },
		  expect = "nothing" },
	},
}
