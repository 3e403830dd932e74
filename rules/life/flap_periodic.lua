-- The uptime of one session after the other has the same length: a timer ends them. Told only where the side that did not build the tunnel ends it, or
-- where a gap follows: a client that renews its login in time is no outage.
local PERIODS, SPREAD, GAP_S, LEAST_S = 3, 0.10, 2, 1
local HOUR, NEAR = 3600, 0.05

return rule {
	id = "life.flap.periodic", step = "lifecycle", severity = "high", scope = "tunnel",
	trigger = { "established" },
	title = _"The tunnel falls at a fixed interval",
	say = {
		likely = _"The tunnel between {a} and {b} falls about {period} after it came up, each time: {n} sessions end at that age ({frames}), all closed by {closer}. A timer there ends them. First suspect at that length: {suspect}.",
		possible = _"The tunnel between {a} and {b} falls about {period} after it came up, each time: {n} sessions end at that age ({frames}). A timer ends them; whose it is does not show, the logs of both sides decide. First suspect at that length: {suspect}.",
	},
	sure = { likely = "one age and one side, three times or more" },
	why = _"falls about {period} after it came up",
	advise = {
		now = { _"Look for a limit of about {period} on both sides: session time, idle time, IKE or ESP lifetime." },
		verify = { _"The tunnel stays up for longer than {period}." },
		peer = _"Please look for a limit of about {period} on your side, as we do on ours: session time, idle time, IKE or ESP lifetime. The tunnel falls at that age, each time.",
		admin = { _"ASA: group-policy vpn-session-timeout, vpn-idle-timeout; RADIUS: Session-Timeout", _"strongSwan: rekey_time, reauth_time; Libreswan: ikelifetime, salifetime" },
	},
	explains = { "life.half_open", "cap.starts_late", "life.peer_restarted" },
	references = { "RFC 7296 2.8" },
	when = function(t, c)
		-- practitioners' knowledge: only a suspicion, until the suspect's own message is seen
		local UDP, IDLE, RETRY, APPLE = _"the UDP timer of a NAT or firewall", _"an idle limit", _"the end of the resends of an unanswered check (strongSwan)", _"the rekey of an Apple client, with another PFS group"
		local ASA, CHILD, CHILD_8, IKE_24, LIMIT = _"the idle limit of an ASA (30 minutes by default)", _"the ESP lifetime of an hour and a rekey that fails", _"the ESP lifetime of eight hours and a rekey that fails",
			_"the IKE lifetime or a forced reconnect of the provider, once a day", _"a session limit or a lifetime of that length on one side"
		local function suspect(up, idle)
			local function about(seconds) return math.abs(up - seconds) <= NEAR * seconds end
			if idle and idle >= 25 and idle >= 0.8 * up then
				for i, s in ipairs { 30, 60, 120, 180, 300 } do
					if math.abs(idle - s) <= NEAR * s then return UDP end
				end
				return IDLE
			end
			return about(165) and RETRY or about(480) and APPLE or about(HOUR / 2) and ASA or up >= 0.75 * HOUR and up <= 1.05 * HOUR and CHILD or about(8 * HOUR) and CHILD_8
				or about(24 * HOUR) and IKE_24 or LIMIT
		end
		local ends = {}
		for i, a in ipairs(t.attempts) do
			local next = t.attempts[i + 1]
			if a.established_at and next and next.from_start then
				local closed = a.deleted and a.deleted.at >= a.established_at and a.deleted or nil
				local at = closed and closed.at or a.last
				local gap = next.first - at
				local by = closed and closed.by or nil
				if at - a.established_at >= LEAST_S and gap >= 0 and (gap >= GAP_S or (by and by ~= next.initiator)) then
					ends[#ends + 1] = { up = at - a.established_at, by = by, at = at, seen = closed and closed.frames or { next.first_frame } }
				end
			end
		end
		if #ends < PERIODS then return nil end
		local mean, spread, seen, by, last = 0, 0, {}, ends[1].by, 0
		for _, e in ipairs(ends) do mean = mean + e.up / #ends end
		for _, e in ipairs(ends) do
			spread, last = spread + (e.up - mean) ^ 2 / #ends, e.at
			if e.by ~= by then by = nil end
			append(seen, e.seen)
		end
		if spread ^ 0.5 > SPREAD * mean then return nil end
		local rows = t.outages and t.outages.rows or {}
		return {
			confidence = by and "likely" or "possible", culprit = by and (by == t.vantage.side and "local" or "peer") or "unknown", frames = seen, at = last,
			args = { a = address(t, "a"), b = address(t, "b"), n = count(#ends), period = duration(mean), frames = frames(seen), closer = by and address(t, by) or "", suspect = suspect(mean, rows[#rows] and rows[#rows].idle) },
		}
	end,
	tests = {
		{ name = "three sessions of six minutes, closed by the other side",
		  tunnel = { established = { count = 4 }, attempts = {
		    { established_at = 1, deleted = { at = 361, by = "b", frames = { 50 } }, last = 361 }, { from_start = true, initiator = "a", first = 363, first_frame = 51, established_at = 363, deleted = { at = 723, by = "b", frames = { 99 } }, last = 723 },
		    { from_start = true, initiator = "a", first = 726, first_frame = 100, established_at = 726, deleted = { at = 1086, by = "b", frames = { 150 } }, last = 1086 },
		    { from_start = true, initiator = "a", first = 1090, first_frame = 151, established_at = 1090, last = 1100 } } },
		  expect = { confidence = "likely", culprit = "peer", severity = "high" } },
		{ name = "half an hour: the idle limit of an ASA",
		  tunnel = { established = { count = 4 }, attempts = {
		    { established_at = 1, deleted = { at = 1801, by = "b", frames = { 50 } }, last = 1801 }, { from_start = true, initiator = "a", first = 1810, first_frame = 51, established_at = 1811, deleted = { at = 3611, by = "b", frames = { 99 } }, last = 3611 },
		    { from_start = true, initiator = "a", first = 3620, first_frame = 100, established_at = 3621, deleted = { at = 5421, by = "b", frames = { 150 } }, last = 5421 }, { from_start = true, initiator = "a", first = 5430, first_frame = 151, established_at = 5431, last = 5440 } } },
		  expect = { confidence = "likely", text_has = "ASA" } },
		{ name = "the client renews its login in time",
		  tunnel = { established = { count = 4 }, attempts = {
		    { established_at = 1, deleted = { at = 361, by = "a", frames = { 50 } }, last = 361 }, { from_start = true, initiator = "a", first = 361.01, first_frame = 51, established_at = 361.1, deleted = { at = 721, by = "a", frames = { 99 } }, last = 721 },
		    { from_start = true, initiator = "a", first = 721.01, first_frame = 100, established_at = 721.1, deleted = { at = 1081, by = "a", frames = { 150 } }, last = 1081 },
		    { from_start = true, initiator = "a", first = 1081.01, first_frame = 151, established_at = 1081.1, last = 1100 } } },
		  expect = "nothing" },
		{ name = "sessions of different length",
		  tunnel = { established = { count = 4 }, attempts = {
		    { established_at = 1, deleted = { at = 100, by = "b", frames = { 50 } }, last = 100 }, { from_start = true, initiator = "a", first = 103, first_frame = 51, established_at = 103, deleted = { at = 723, by = "b", frames = { 99 } }, last = 723 },
		    { from_start = true, initiator = "a", first = 726, first_frame = 100, established_at = 726, deleted = { at = 780, by = "b", frames = { 150 } }, last = 780 },
		    { from_start = true, initiator = "a", first = 790, first_frame = 151, established_at = 790, last = 1100 } } },
		  expect = "nothing" },
		{ name = "who closes does not show",
		  tunnel = { established = { count = 4 }, attempts = {
		    { established_at = 1, last = 361 }, { from_start = true, initiator = "a", first = 370, first_frame = 51, established_at = 371, last = 731 },
		    { from_start = true, initiator = "a", first = 740, first_frame = 100, established_at = 741, last = 1101 }, { from_start = true, initiator = "a", first = 1110, first_frame = 151, established_at = 1111, last = 1120 } } },
		  expect = { confidence = "possible", culprit = "unknown" } },
	},
}
