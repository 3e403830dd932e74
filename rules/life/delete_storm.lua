-- A tunnel that comes up and is deleted within seconds, again and again.
-- Five within five minutes, or four within one.
local LIFE_S = 10
local LOOPS = { { n = 5, window = 300 }, { n = 4, window = 60 } }

-- When this attempt was closed after it came up, and by whom. IKEv1 deletes are encrypted: the last INFORMATIONAL counts when a new attempt follows.
local function closed(t, i)
	local a = t.attempts[i]
	if not a.established_at then return nil end
	if a.deleted and a.deleted.at >= a.established_at then return a.deleted.at, a.deleted.by, a.deleted.frames end
	if a.version == 1 and t.attempts[i + 1] then
		local best
		for _, x in ipairs(a.exchanges) do
			if x.type == "INFORMATIONAL_V1" and x.sends > 0 and x.first >= a.established_at and (not best or x.first < best.first) then best = x end
		end
		if best then return best.first, best.from, best.frames end
	end
end

return rule {
	id = "life.delete_storm", step = "lifecycle", severity = "high", scope = "tunnel",
	trigger = { "established" },
	title = _"The tunnel is built and deleted in a loop",
	say = {
		confirmed = _"{a} and {b} build the tunnel {n} times within {span}, and each time {closer} deletes it within {life} ({frames}).",
		likely = _"{a} and {b} build the tunnel {n} times within {span}, and each time {closer} closes it within {life} ({frames}).",
	},
	sure = {
		confirmed = "each attempt and its Delete are here",
		likely = "the same in each cycle; IKEv1 encrypts the Delete, the next attempt shows it",
	},
	why = _"built and deleted {n} times",
	advise = {
		now = { _"Read the log of {closer}: it says why it closes the tunnel.",
		        _"Check that no two clients use one identity, and that both sides agree on networks and lifetimes." },
		verify = { _"Build the tunnel. It must stay up for longer than {span}: in that time this filter must show no new first message: isakmp.exchangetype==34 || isakmp.exchangetype==2 || isakmp.exchangetype==4" },
		peer = _"Please send us the log of {closer} for these times: it closes the tunnel soon after it came up, again and again. Please check too that no two clients use one identity, and that networks and lifetimes agree.",
		admin = { _"strongSwan: unique = replace, never, keep; Libreswan: uniqueids; ASA: vpn-simultaneous-logins, vpn-idle-timeout" },
	},
	explains = { "life.flap.periodic", "life.half_open", "data.esp.none" },
	references = { "RFC 7296 1.4", "RFC 7296 2.4" },
	when = function(t, c)
		local cycles = {}
		for i, a in ipairs(t.attempts) do
			local at, by, seen = closed(t, i)
			local next = t.attempts[i + 1]
			local renewed = by == a.initiator and (not next or next.initiator == by and next.first - at < 1) -- a login renewed, or hung up
			if at and at - a.established_at <= LIFE_S and not renewed then cycles[#cycles + 1] = { at = at, by = by, seen = seen, version = a.version, life = at - a.established_at } end
		end
		local function loops(i)
			for _, l in ipairs(LOOPS) do
				if cycles[i + l.n - 1] and cycles[i + l.n - 1].at - cycles[i].at <= l.window then return true end
			end
			return false
		end
		for i = 1, #cycles do
			if loops(i) then
				local seen, by, longest, v1 = {}, { a = 0, b = 0 }, 0, false
				local n, last = 0, 0
				for k = i, #cycles do
					n, last, longest, v1 = n + 1, cycles[k].at, math.max(longest, cycles[k].life), v1 or cycles[k].version == 1
					by[cycles[k].by] = by[cycles[k].by] + 1
					append(seen, cycles[k].seen)
				end
				local closer = by.a >= by.b and "a" or "b"
				return {
					confidence = v1 and "likely" or "confirmed", culprit = "both", frames = seen, at = last,
					args = { a = address(t, "a"), b = address(t, "b"), n = count(n), span = duration(last - cycles[i].at), closer = address(t, closer),
					         life = duration(math.max(longest, 0.001)), frames = frames(seen) },
				}
			end
		end
	end,
	tests = {
		{ name = "six times within a minute",
		  tunnel = { established = { count = 6 }, attempts = {
		    { version = 2, initiator = "a", established_at = 1, deleted = { at = 3, by = "b", frames = { 5 } }, exchanges = {} }, { version = 2, initiator = "a", established_at = 11, deleted = { at = 13, by = "b", frames = { 15 } }, exchanges = {} },
		    { version = 2, initiator = "a", established_at = 21, deleted = { at = 23, by = "b", frames = { 25 } }, exchanges = {} }, { version = 2, initiator = "a", established_at = 31, deleted = { at = 33, by = "b", frames = { 35 } }, exchanges = {} },
		    { version = 2, initiator = "a", established_at = 41, deleted = { at = 43, by = "b", frames = { 45 } }, exchanges = {} } } },
		  expect = { confidence = "confirmed", severity = "high" } },
		{ name = "IKEv1: closed by an encrypted INFORMATIONAL",
		  tunnel = { established = { count = 6 }, attempts = {
		    { version = 1, initiator = "a", established_at = 1, exchanges = { { type = "INFORMATIONAL_V1", from = "b", sends = 1, first = 3, frames = { 5 } } } },
		    { version = 1, initiator = "a", established_at = 11, exchanges = { { type = "INFORMATIONAL_V1", from = "b", sends = 1, first = 13, frames = { 15 } } } },
		    { version = 1, initiator = "a", established_at = 21, exchanges = { { type = "INFORMATIONAL_V1", from = "b", sends = 1, first = 23, frames = { 25 } } } },
		    { version = 1, initiator = "a", established_at = 31, exchanges = { { type = "INFORMATIONAL_V1", from = "b", sends = 1, first = 33, frames = { 35 } } } },
		    { version = 1, initiator = "a", established_at = 41, exchanges = { { type = "INFORMATIONAL_V1", from = "b", sends = 1, first = 43, frames = { 45 } } } },
		    { version = 1, initiator = "a", established_at = 51, exchanges = {} } } },
		  expect = { confidence = "likely" } },
		{ name = "a client that renews its login every few seconds",
		  tunnel = { established = { count = 6 }, attempts = {
		    { version = 2, initiator = "a", first = 0, established_at = 1, deleted = { at = 3, by = "a", frames = { 5 } }, exchanges = {} }, { version = 2, initiator = "a", first = 3, established_at = 3.1, deleted = { at = 6, by = "a", frames = { 15 } }, exchanges = {} },
		    { version = 2, initiator = "a", first = 6, established_at = 6.1, deleted = { at = 9, by = "a", frames = { 25 } }, exchanges = {} }, { version = 2, initiator = "a", first = 9, established_at = 9.1, deleted = { at = 12, by = "a", frames = { 35 } }, exchanges = {} },
		    { version = 2, initiator = "a", first = 12, established_at = 12.1, deleted = { at = 15, by = "a", frames = { 45 } }, exchanges = {} } } },
		  expect = "nothing" },
		{ name = "reauthentication every hour is no storm",
		  tunnel = { established = { count = 3 }, attempts = { { version = 2, initiator = "a", first = 0, established_at = 1, deleted = { at = 3600, by = "a", frames = { 5 } }, exchanges = {} },
		    { version = 2, initiator = "a", first = 3600, established_at = 3601, deleted = { at = 7200, by = "a", frames = { 15 } }, exchanges = {} } } },
		  expect = "nothing" },
	},
}
