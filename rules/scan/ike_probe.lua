-- A stranger that knocks, or several first messages within a moment that nobody follows up.
local MOMENT = 2

-- Three negotiations or more, each begun before the one before it could be given up, none continued.
local function knocks(t)
	local seen, from = {}, nil
	for i, a in ipairs(t.attempts) do
		local next = t.attempts[i + 1]
		if not a.from_start or a.initiator == t.vantage.side or from and a.initiator ~= from then return nil end
		if a.nat_t and a.nat_t[a.initiator] or a.vendors and #(a.vendors[a.initiator] or {}) > 0 then return nil end
		if next and next.first - a.first > MOMENT then return nil end
		from = a.initiator
		for _, x in ipairs(a.exchanges) do
			if x.type ~= "IKE_SA_INIT" and x.type ~= "MAIN_1" and x.type ~= "AGGRESSIVE_1" or x.sends > 1 then return nil end
			append(seen, x.frames)
		end
	end
	if #t.attempts >= 3 and #seen > 0 then return seen end
end

return rule {
	id = "scan.ike_probe", step = "reachability", severity = "info", scope = "tunnel",
	trigger = { "attempts" },
	title = _"An internet scanner knocks: not your outage",
	say = {
		likely = _"{stranger} sends a first IKE message without the usual extras ({count} seen: {frames}) and never goes on: a scanner or a flood, not a peer.",
	},
	sure = { likely = "it begins as no product does, and never goes on" },
	why = _"scanner, {count} packets",
	advise = { admin = { _"Nothing to repair. If it bothers you, permit IKE from known peers only." } },
	explains = { "path.udp500.*", "peer.silent", "ike.no_proposal", "ike1.no_proposal", "ike.no_config", "life.half_open", "ike.version.mismatch", "cap.ends_early", "ike.cookie.*",
	             "ike.auth.no_reply" },
	references = { "RFC 7296 2.6" },
	when = function(t, c)
		if t.works or t.data and t.data.a and (t.data.a.packets or 0) + (t.data.b.packets or 0) > 0 or c.cut then return nil end -- cut packets hide the usual extras
		local p = t.probe
		local seen = p and p.frames or #t.attempts > 0 and knocks(t) or nil
		if not seen or #t.attempts == 0 then return nil end
		return {
			confidence = "likely", culprit = "none", frames = seen,
			args = { stranger = address(t, t.attempts[1].initiator), count = count(p and p.count or #seen), frames = frames(seen) },
		}
	end,
	tests = {
		{ name = "one bare message", tunnel = { probe = { why = "few_and_bare", count = 1, frames = { 7 } }, attempts = { { initiator = "b" } } }, expect = { confidence = "likely", severity = "info" } },
		{ name = "four negotiations in a third of a second, none continued",
		  tunnel = { attempts = { { from_start = true, initiator = "b", first = 0, exchanges = { { type = "IKE_SA_INIT", sends = 1, frames = { 1 } } } }, { from_start = true, initiator = "b", first = 0.1, exchanges = { { type = "IKE_SA_INIT", sends = 1, frames = { 3 } } } },
		             { from_start = true, initiator = "b", first = 0.2, exchanges = { { type = "IKE_SA_INIT", sends = 1, frames = { 5 } } } }, { from_start = true, initiator = "b", first = 0.3, exchanges = { { type = "IKE_SA_INIT", sends = 1, frames = { 7 } } } } } },
		  expect = { confidence = "likely" } },
		{ name = "a peer that tries again every minute",
		  tunnel = { attempts = { { from_start = true, initiator = "b", first = 0, exchanges = { { type = "IKE_SA_INIT", sends = 1, frames = { 1 } } } }, { from_start = true, initiator = "b", first = 60, exchanges = { { type = "IKE_SA_INIT", sends = 1, frames = { 3 } } } },
		             { from_start = true, initiator = "b", first = 120, exchanges = { { type = "IKE_SA_INIT", sends = 1, frames = { 5 } } } } } },
		  expect = "nothing" },
		{ name = "a tunnel that works is no scanner",
		  tunnel = { probe = { why = "few_and_bare", count = 1, frames = { 7 } }, attempts = { { initiator = "b" } }, works = { since = 1, last = 9 } }, expect = "nothing" },
		{ name = "cut packets may have held the extras",
		  tunnel = { probe = { why = "few_and_bare", count = 1, frames = { 7 } }, attempts = { { initiator = "b" } } }, capture = { cut = { count = 3, ike = 1, shortest = 96, frames = { 7 } } }, expect = "nothing" },
	},
}
