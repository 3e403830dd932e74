-- Two first messages that cross: each left before the other one could be answered.
local WITHIN_S = 2

return rule {
	id = "ike.simultaneous_init", step = "negotiation", severity = "info", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Both sides started at the same moment",
	say = { confirmed = _"{a} and {b} begin at the same moment: their first messages cross ({frames}). Two IKE SAs come of it, or one of them is given up; that is no fault as long as one of them stays." },
	sure = { confirmed = "both first messages are here, and their times" },
	why = _"first messages cross",
	advise = {
		now = { _"If the tunnels come and go: let one side only begin, the other only answer." },
		verify = { _"Connect again. Only one side may begin: this filter must show requests of one address only: isakmp.exchangetype==34 && isakmp.flag_r==0 || isakmp.exchangetype==2 && isakmp.rspi==0" },
		admin = { _"strongSwan: start_action = trap on one side; unique = replace", _"Libreswan: auto=add on one side; ASA: crypto map ... set connection-type answer-only" },
	},
	references = { "RFC 7296 2.4" },
	when = function(t, c)
		local function first_of(a)
			local x = a.exchanges[1]
			return a.from_start and x and x.sends > 0 and x.from == a.initiator and x or nil
		end
		for i, a in ipairs(t.attempts) do
			local x = first_of(a)
			local b = t.attempts[i + 1]
			local y = x and b and b.initiator ~= a.initiator and first_of(b)
			if y and y.first - x.first < WITHIN_S and (not x.answered or x.answer.first > y.first) and not (x.refused and not b.suite) then
				local seen = { x.frames[1], y.frames[1] }
				local both_fail = not t.works and not a.established and not b.established
				return {
					confidence = "confirmed", culprit = "none", frames = seen, at = y.first, severity = both_fail and a.suite and b.suite and "medium" or nil,
					args = { a = address(t, "a"), b = address(t, "b"), frames = frames(seen) },
				}
			end
		end
	end,
	tests = {
		{ name = "they cross",
		  tunnel = { works = { since = 1, last = 9 }, attempts = {
		    { from_start = true, initiator = "a", suite = {}, exchanges = { { from = "a", sends = 1, first = 0, answered = true, answer = { first = 0.09 }, frames = { 1 } } } },
		    { from_start = true, initiator = "b", suite = {}, exchanges = { { from = "b", sends = 1, first = 0.03, answered = true, answer = { first = 0.04 }, frames = { 2 } } } } } },
		  expect = { confidence = "confirmed", severity = "info" } },
		{ name = "one after the other",
		  tunnel = { attempts = {
		    { from_start = true, initiator = "a", suite = {}, exchanges = { { from = "a", sends = 1, first = 0, answered = true, answer = { first = 0.09 }, frames = { 1 } } } },
		    { from_start = true, initiator = "b", suite = {}, exchanges = { { from = "b", sends = 1, first = 1, answered = true, answer = { first = 1.1 }, frames = { 9 } } } } } },
		  expect = "nothing" },
		{ name = "the same side twice",
		  tunnel = { attempts = {
		    { from_start = true, initiator = "a", suite = {}, exchanges = { { from = "a", sends = 1, first = 0, answered = false, frames = { 1 } } } },
		    { from_start = true, initiator = "a", suite = {}, exchanges = { { from = "a", sends = 1, first = 1, answered = false, frames = { 9 } } } } } },
		  expect = "nothing" },
	},
}
