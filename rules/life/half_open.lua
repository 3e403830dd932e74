return rule {
	id = "life.half_open", step = "lifecycle", severity = "low", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Negotiations start and never end",
	say = {
		confirmed = _"{n} of {total} negotiations between {a} and {b} start and never come to an end, neither good nor bad ({frames}).",
	},
	why = _"{n} negotiations without an end",
	advise = { admin = { _"Look at the last message of each: what follows it is lost, or was never sent." } },
	references = { "RFC 7296 2.1" },
	when = function(t, c)
		if t.probe and not c.cut or c.sees.both_ways == "no" then return nil end
		local n, total, seen, last = 0, 0, {}, 0
		for i, a in ipairs(t.attempts) do
			if a.from_start then
				total = total + 1
				local over = not a.hole and (t.attempts[i + 1] ~= nil or t.span.capture_end - a.last > 30)
				-- with NAT traversal on both sides it goes on at port 4500: a filter on port 500 hides that
				local hidden = a.stage == "agreed" and a.nat_t and a.nat_t.a and a.nat_t.b and c.sees.p4500 ~= "yes"
				if over and not hidden and (a.stage == "asked" or a.stage == "agreed" or a.stage == "authenticating") and not a.deleted then
					n, last = n + 1, math.max(last, a.last)
					seen[#seen + 1] = a.first_frame
				end
			end
		end
		if n == 0 then return nil end
		return {
			confidence = "confirmed", culprit = "unknown", frames = seen, at = last,
			args = { n = count(n), total = count(total), a = address(t, "a"), b = address(t, "b"), frames = frames(seen) },
		}
	end,
	tests = {
		{ name = "agreed, then nothing",
		  tunnel = { attempts = { { from_start = true, stage = "agreed", last = 1, first_frame = 1, nat_t = { a = true, b = true } }, { from_start = true, stage = "agreed", last = 60, first_frame = 9 } } },
		  expect = { confidence = "confirmed", severity = "low" } },
		{ name = "a filter on port 500 hides what moves to 4500",
		  tunnel = { attempts = { { from_start = true, stage = "agreed", last = 1, first_frame = 1, nat_t = { a = true, b = true } } } },
		  capture = { sees = { both_ways = "yes", icmp = "yes", frags = "yes", esp = "unknown", p4500 = "unknown" } }, expect = "nothing" },
		{ name = "one direction only", tunnel = { attempts = { { from_start = true, stage = "asked", last = 1, first_frame = 1 } } },
		  capture = { sees = { both_ways = "no", icmp = "yes", frags = "yes", esp = "yes", p4500 = "yes" } }, expect = "nothing" },
		{ name = "established", tunnel = { attempts = { { from_start = true, stage = "established", last = 1, first_frame = 1 } } }, expect = "nothing" },
		{ name = "the recording ends too early",
		  tunnel = { span = { capture_end = 5 }, attempts = { { from_start = true, stage = "agreed", last = 1, first_frame = 1 } } }, expect = "nothing" },
	},
}
