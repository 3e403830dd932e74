-- The end that takes both away shows without keys in what follows: both sides delete, and no data passes any more.
local AFTER_S, QUIET_S = 5, 30

-- Both sides delete a child SA right after, data passed until then and never again.
local function both_deleted(t, a, at)
	local by = {}
	for _, y in ipairs(a.exchanges) do
		if y.type == "INFORMATIONAL" and y.sends > 0 and y.first_inner == 42 and y.first >= at and y.first - at <= AFTER_S then by[y.from] = true end
	end
	local d = t.data
	if not (by.a and by.b and d and (d.a.packets or 0) > 0 and (d.b.packets or 0) > 0) then return false end
	local last = math.max(d.a.last, d.b.last)
	return math.abs(last - at) <= AFTER_S and t.span.capture_end - last >= QUIET_S and last
end

return rule {
	id = "life.rekey.collision", step = "lifecycle", severity = "info", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Both sides rekey at once",
	say = { confirmed = _"{a} and {b} renew keys at the same moment: their requests cross ({frames}). RFC 7296 settles that by the lowest nonce; the tunnel goes on.",
	        likely = _"{a} and {b} renew keys at the same moment ({frames}), both delete an SA afterwards, and since {since} no data passes any more: each took the other's SA away." },
	sure = {
		confirmed = "both requests and both answers are here",
		likely = "both Deletes are here, and data stops there in both directions",
	},
	why = _"rekey requests cross",
	advise = { now = { _"If data stops: clear the tunnel on both sides." },
	           verify = { _"Rekey once. After it, new SPIs must show in frames of both {a} and {b} with this filter: esp" },
	           admin = { _"To avoid it let one side rekey 10 to 20 percent earlier than the other." } },
	references = { "RFC 7296 2.8.1", "RFC 7296 2.25" },
	when = function(t, c)
		for i, a in ipairs(t.attempts) do
			for k, x in ipairs(a.exchanges) do
				for n, y in ipairs(a.exchanges) do
					if x.type == "CREATE_CHILD_SA" and y.type == "CREATE_CHILD_SA" and x.from == "a" and y.from == "b" and x.sends > 0 and y.sends > 0 and x.answer and y.answer
					   and y.first < x.answer.first and x.first < y.answer.first then
						local seen = append({}, x.frames, y.frames)
						local since = both_deleted(t, a, math.max(x.answer.last or x.answer.first, y.answer.last or y.answer.first))
						if since then
							return { confidence = "likely", culprit = "both", severity = "high", frames = seen, at = x.last, args = { a = address(t, "a"), b = address(t, "b"), frames = frames(seen), since = time(since) } }
						end
						return { confidence = "confirmed", culprit = "none", frames = seen, at = x.last, args = { a = address(t, "a"), b = address(t, "b"), frames = frames(seen), since = time(0) } }
					end
				end
			end
		end
	end,
	tests = {
		{ name = "crossing", tunnel = { attempts = { { exchanges = { { type = "CREATE_CHILD_SA", from = "a", sends = 1, first = 10, last = 10, frames = { 20 }, answer = { first = 10.1 } }, { type = "CREATE_CHILD_SA", from = "b", sends = 1, first = 10.05, last = 10.05, frames = { 21 }, answer = { first = 10.2 } } } } } },
		  expect = { confidence = "confirmed", severity = "info" } },
		{ name = "crossing, then both delete and data stops",
		  tunnel = { data = { a = { packets = 9, last = 10.2 }, b = { packets = 9, last = 10.1 } }, attempts = { { exchanges = {
		    { type = "CREATE_CHILD_SA", from = "a", sends = 1, first = 10, last = 10, frames = { 20 }, answer = { first = 10.1 } }, { type = "CREATE_CHILD_SA", from = "b", sends = 1, first = 10.05, last = 10.05, frames = { 21 }, answer = { first = 10.2 } },
		    { type = "INFORMATIONAL", from = "a", sends = 1, first = 10.4, first_inner = 42 }, { type = "INFORMATIONAL", from = "b", sends = 1, first = 10.5, first_inner = 42 } } } } },
		  expect = { confidence = "likely", severity = "high", culprit = "both" } },
		{ name = "crossing, both delete, and data goes on",
		  tunnel = { data = { a = { packets = 9, last = 90 }, b = { packets = 9, last = 90 } }, attempts = { { exchanges = {
		    { type = "CREATE_CHILD_SA", from = "a", sends = 1, first = 10, last = 10, frames = { 20 }, answer = { first = 10.1 } }, { type = "CREATE_CHILD_SA", from = "b", sends = 1, first = 10.05, last = 10.05, frames = { 21 }, answer = { first = 10.2 } },
		    { type = "INFORMATIONAL", from = "a", sends = 1, first = 10.4, first_inner = 42 }, { type = "INFORMATIONAL", from = "b", sends = 1, first = 10.5, first_inner = 42 } } } } },
		  expect = { confidence = "confirmed", severity = "info" } },
		{ name = "one after the other", tunnel = { attempts = { { exchanges = { { type = "CREATE_CHILD_SA", from = "a", sends = 1, first = 10, last = 10, frames = { 20 }, answer = { first = 10.1 } }, { type = "CREATE_CHILD_SA", from = "b", sends = 1, first = 20, last = 20, frames = { 21 }, answer = { first = 20.2 } } } } } },
		  expect = "nothing" },
	},
}
