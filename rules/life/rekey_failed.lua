-- A rekey of a living tunnel is refused (v2: bare notify; v1: INFORMATIONAL instead of message 2) and no later one succeeds.
-- Or it is never answered, while the peer lives on: where it does not, life.dpd.dead.
local SENDS, LIVES_S, ENDS_S, CROSS_S = 3, 2, 3, 1
local REFUSED = _"%s refuses one rekey request of a working tunnel with a bare error, and no other follows. A peer that is busy for a moment answers alike and accepts the next one"
local ONE_MORE = _"%s refuses %s requests of a working tunnel for new keys with a bare error, and what was agreed before goes on. A further pair of networks that is refused looks the same"
local UNHEARD = _"%s never answers the rekey request of a working tunnel, while other packets of it arrive. A request that is lost on the way, or too large for it, looks the same"

-- Something of that side after the request was first sent.
local function lives(t, side, x)
	local d = t.data and t.data[side]
	if d and d.last and d.last > x.first + LIVES_S then return true end
	for _, a in ipairs(t.attempts) do
		for _, y in ipairs(a.exchanges) do
			if y.from ~= side and y.answered and y.answer.last > x.first + LIVES_S or y.from == side and y.sends > 0 and y.last > x.first + LIVES_S then return true end
		end
	end
end

-- Data of both sides flows up to the refusal and no further.
local function stops_at(t, at)
	local a, b = t.data and t.data.a.last, t.data and t.data.b.last
	return a and b and a <= at and b <= at and at - math.max(a, b) < 1 and t.span.capture_end - at > ENDS_S
end

-- RFC 7296 2.25: of two rekeys that cross one is refused and the other counts, whichever is told first.
local function crosses(a, x)
	for _, y in ipairs(a.exchanges) do
		if y.type == "CREATE_CHILD_SA" and y.from ~= x.from and y.answered and y.answer.first_inner == 33
		   and y.first and x.first and y.first <= x.answer.last + CROSS_S and y.answer.last >= x.first - CROSS_S then
			return true
		end
	end
end

-- Data of both sides goes on as before: what is refused may be one more network.
local function goes_on(t, at)
	local a, b = t.data and t.data.a.last, t.data and t.data.b.last
	return a and b and math.min(a, b) > at + 1
end

local function v1_refusal(a, x)
	for _, y in ipairs(a.exchanges) do
		if y.type == "INFORMATIONAL_V1" and y.from == x.to and y.sends > 0 and y.first >= x.first and y.first - x.last < 1 then return y end
	end
end

return rule {
	id = "life.rekey.failed", step = "lifecycle", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The rekey fails, the tunnel ends with its lifetime",
	say = {
		likely = _"{peer} refuses to renew the keys of the tunnel: {times} rekey requests of a working tunnel are answered with a bare error ({frames}), and none succeeds afterwards. The tunnel ends with its lifetime. The two sides disagree about PFS group, ESP algorithms or networks.",
		possible = _"The keys of the tunnel are not renewed: {what} ({frames}); the log of {peer} decides.",
	},
	sure = { likely = "refused twice, or the tunnel ends after it; all causes are named" },
	why = _"keys not renewed",
	advise = {
		now = { _"Compare PFS group, ESP algorithms and networks of both sides: the rekey checks them anew.", _"Read the log of {peer} for that second." },
		verify = { _"Rekey once. After it, new SPIs must show in frames of both sides with this filter: esp" },
		peer = _"Please compare PFS group, ESP algorithms and networks with us, and send us the log line of {peer} of the time below: it refuses to renew the keys of a tunnel that works.",
		admin = { _"ASA, IOS: set pfs, set security-association lifetime; strongSwan: esp_proposals, rekey_time; Libreswan: pfs=, salifetime=" },
	},
	explains = { "life.flap.periodic", "data.esp.one_way", "ike1.quick.refused", "ike1.quick.no_reply", "life.half_open" },
	references = { "RFC 7296 2.8" },
	when = function(t, c)
		for i, a in ipairs(t.attempts) do
			local seen, n, began, last, asker, good, up = {}, 0, nil, 0, nil, 0, a.established_at or (not a.from_start and a.first)
			for _, x in ipairs(a.exchanges) do
				if x.type == "CREATE_CHILD_SA" and x.answered then
					local y = x.answer
					if y.first_inner == 33 then good = math.max(good, y.last) end
					if y.first_inner == 41 and y.plain_max and y.plain_max < 28 and up and y.last > up and not crosses(a, x) then
						n, began, last, asker = n + 1, began or y.last, math.max(last, y.last), x.from
						append(seen, y.frames)
					end
				elseif x.type == "QUICK_3" and x.sends > 0 then
					good = math.max(good, x.last)
				elseif x.type == "QUICK_1" and x.sends > 0 and not x.answered and up and x.first > up + 1 then
					local y = v1_refusal(a, x)
					if y then
						n, began, last, asker = n + 1, began or y.last, math.max(last, y.last), x.from
						append(seen, y.frames)
					end
				end
			end
			local ended = t.attempts[i + 1] ~= nil and t.attempts[i + 1].from_start or a.deleted ~= nil and a.deleted.at > last
			if n > 0 and good < last and (n >= 2 or ended or t.span.capture_end - last > 30 or stops_at(t, last)) then
				local more = not ended and goes_on(t, began)
				return {
					confidence = not more and (n >= 2 or ended) and "likely" or "possible", culprit = "both", frames = seen, at = last, severity = more and "high" or nil,
					filter = "isakmp.exchangetype==36 || isakmp.exchangetype==32",
					args = { peer = address(t, other(asker)), times = count(n), frames = frames(seen), what = more and string.format(ONE_MORE, address(t, other(asker)), n) or string.format(REFUSED, address(t, other(asker))) },
				}
			end
			for _, x in ipairs(a.exchanges) do
				local rekey = x.type == "CREATE_CHILD_SA" or x.type == "QUICK_1" and up and x.first > up + 1 and not v1_refusal(a, x)
				if rekey and up and x.sends >= SENDS and not x.answered and not x.partial_answer and x.icmp == 0 and waited(x) and x.to ~= t.vantage.side and good < x.first and lives(t, x.to, x) then
					return {
						confidence = "possible", culprit = "unknown", frames = x.frames, at = x.last,
						filter = "isakmp.exchangetype==36 || isakmp.exchangetype==32",
						args = { peer = address(t, x.to), times = count(1), frames = frames(x.frames), what = string.format(UNHEARD, address(t, x.to)) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "one is refused, and the data ends there",
		  tunnel = { span = { capture_end = 25 }, data = { a = { last = 19.9 }, b = { last = 19.8 } }, attempts = { { from_start = true, established_at = 1, first = 0, exchanges = {
		    { type = "CREATE_CHILD_SA", from = "a", sends = 1, answered = true, answer = { first_inner = 41, plain_max = 15, last = 20, frames = { 20 } } } } } } },
		  expect = { confidence = "possible" } },
		{ name = "one is refused, and the data goes on",
		  tunnel = { span = { capture_end = 25 }, data = { a = { last = 24 }, b = { last = 24 } }, attempts = { { from_start = true, established_at = 1, first = 0, exchanges = {
		    { type = "CREATE_CHILD_SA", from = "a", sends = 1, answered = true, answer = { first_inner = 41, plain_max = 15, last = 20, frames = { 20 } } } } } } },
		  expect = "nothing" },
		{ name = "two rekeys refused",
		  tunnel = { attempts = { { from_start = true, established_at = 1, first = 0, exchanges = {
		    { type = "CREATE_CHILD_SA", from = "a", sends = 1, answered = true, answer = { first_inner = 41, plain_max = 15, last = 20, frames = { 20 } } },
		    { type = "CREATE_CHILD_SA", from = "a", sends = 1, answered = true, answer = { first_inner = 41, plain_max = 15, last = 40, frames = { 30 } } } } } } },
		  expect = { confidence = "likely", culprit = "both" } },
		{ name = "two refused, and the data goes on: a network more",
		  tunnel = { span = { capture_end = 80 }, data = { a = { last = 39 }, b = { last = 39 } }, attempts = { { from_start = true, established_at = 1, first = 0, exchanges = {
		    { type = "CREATE_CHILD_SA", from = "a", sends = 1, answered = true, answer = { first_inner = 41, plain_max = 15, last = 20, frames = { 20 } } },
		    { type = "CREATE_CHILD_SA", from = "a", sends = 1, answered = true, answer = { first_inner = 41, plain_max = 15, last = 40, frames = { 30 } } } } } } },
		  expect = { confidence = "possible", severity = "high", text_has = "further pair of networks" } },
		{ name = "refused a moment after the crossing one was granted, and the old IKE SA goes",
		  tunnel = { attempts = { { from_start = true, established_at = 1, first = 0, deleted = { at = 20.2 }, exchanges = {
		    { type = "CREATE_CHILD_SA", from = "a", sends = 1, first = 18, answered = true, answer = { first_inner = 33, plain_max = 120, last = 20, frames = { 20 } } },
		    { type = "CREATE_CHILD_SA", from = "b", sends = 1, first = 20, answered = true, answer = { first_inner = 41, plain_max = 15, last = 20.1, frames = { 22 } } } } } } },
		  expect = "nothing" },
		{ name = "one, and nothing after it",
		  tunnel = { attempts = { { from_start = true, established_at = 1, first = 0, exchanges = {
		    { type = "CREATE_CHILD_SA", from = "a", sends = 1, answered = true, answer = { first_inner = 41, plain_max = 15, last = 20, frames = { 20 } } } } } } },
		  expect = { confidence = "possible" } },
		{ name = "never answered, while data arrives",
		  tunnel = { data = { a = { packets = 90, last = 99 }, b = { packets = 90, last = 99 } }, attempts = { { from_start = true, established_at = 1, first = 0, exchanges = {
		    { type = "CREATE_CHILD_SA", from = "a", to = "b", sends = 5, quiet = true, icmp = 0, first = 20, last = 60, frames = { 20, 24 } } } } } },
		  expect = { confidence = "possible", culprit = "unknown", text_has = "never answers" } },
		{ name = "three times and given up: the recording goes on long enough",
		  tunnel = { data = { a = { packets = 90, last = 99 }, b = { packets = 90, last = 99 } }, attempts = { { from_start = true, established_at = 1, first = 0, exchanges = {
		    { type = "CREATE_CHILD_SA", from = "a", to = "b", sends = 3, quiet = true, icmp = 0, first = 20, last = 60, frames = { 20, 24 } } } } } },
		  expect = { confidence = "possible", culprit = "unknown", text_has = "never answers" } },
		{ name = "never answered, and nothing else of the peer either",
		  tunnel = { data = { a = { packets = 90, last = 99 }, b = { packets = 90, last = 19 } }, attempts = { { from_start = true, established_at = 1, first = 0, exchanges = {
		    { type = "CREATE_CHILD_SA", from = "a", to = "b", sends = 5, quiet = true, icmp = 0, first = 20, last = 60, frames = { 20, 24 } } } } } },
		  expect = "nothing" },
		{ name = "never answered, recorded at the peer: its own answers would be here, its silence is its own matter",
		  tunnel = { data = { a = { packets = 90, last = 99 }, b = { packets = 90, last = 99 } }, attempts = { { from_start = true, established_at = 1, first = 0, exchanges = {
		    { type = "CREATE_CHILD_SA", from = "b", to = "a", sends = 5, quiet = true, icmp = 0, first = 20, last = 60, frames = { 20, 24 } } } } } },
		  expect = "nothing" },
		{ name = "refused in a collision, then good",
		  tunnel = { attempts = { { from_start = true, established_at = 1, first = 0, exchanges = {
		    { type = "CREATE_CHILD_SA", from = "a", sends = 1, answered = true, answer = { first_inner = 41, plain_max = 15, last = 20, frames = { 20 } } },
		    { type = "CREATE_CHILD_SA", from = "b", sends = 1, answered = true, answer = { first_inner = 33, plain_max = 120, last = 21, frames = { 22 } } } } } } },
		  expect = "nothing" },
		{ name = "one refusal at the very end of the recording",
		  tunnel = { span = { capture_end = 21 }, attempts = { { from_start = true, established_at = 1, first = 0, exchanges = {
		    { type = "CREATE_CHILD_SA", from = "a", sends = 1, answered = true, answer = { first_inner = 41, plain_max = 15, last = 20, frames = { 20 } } } } } } },
		  expect = "nothing" },
	},
}
