-- A regular Delete after a time without data that is the same each time, or a round number of minutes.
local LEAST_S, SPREAD, ROUND_S = 60, 0.05, 2

local function is_round(seconds)
	local off = seconds % 60
	return math.min(off, 60 - off) <= ROUND_S
end

return rule {
	id = "life.idle_timeout", step = "lifecycle", severity = "info", scope = "tunnel",
	trigger = { "deletes" },
	title = _"Closed because it was quiet",
	say = {
		likely = _"{closer} closes the tunnel {n} times after {idle} without data, each time ({frames}): its idle limit.",
		possible = _"{closer} closes the tunnel after {idle} without data ({frames}): an idle limit of that length fits. A person who hangs up looks the same; the log of {closer} decides.",
	},
	sure = { likely = "the same pause twice or more, and the same side" },
	why = _"closed after {idle} without data",
	advise = {
		now = { _"If the tunnel has to stay up, raise or switch off the idle limit of {closer}, or let a ping pass every minute." },
		verify = { _"Leave the tunnel quiet for longer than {idle}: it must stay up. Then a ping must pass, and this filter must show no frame: isakmp.exchangetype==34 || isakmp.exchangetype==2 || isakmp.exchangetype==4" },
		admin = { _"ASA: group-policy vpn-idle-timeout none (default 30 minutes); strongSwan: inactivity; Windows RRAS: idle timeout" },
	},
	explains = { "life.flap.periodic" },
	references = { "RFC 7296 1.4.1", "RFC 7296 2.4" },
	when = function(t, c)
		local idle, seen, by, n, last = nil, {}, nil, 0, 0
		for i, d in ipairs(t.deletes) do
			if d.idle and d.idle >= LEAST_S then
				if idle and (math.abs(d.idle - idle) > SPREAD * idle or d.by ~= by) then return nil end
				idle, by, n, last = idle or d.idle, d.by, n + 1, d.at
				append(seen, d.frames)
			end
		end
		if not idle or n < 2 and not is_round(idle) then return nil end
		return {
			confidence = n >= 2 and "likely" or "possible", culprit = by == t.vantage.side and "local" or "peer", frames = seen, at = last,
			args = { closer = address(t, by), n = count(n), idle = duration(idle), frames = frames(seen) },
		}
	end,
	tests = {
		{ name = "twice after five minutes", tunnel = { deletes = { { at = 400, by = "b", what = "ike", idle = 300.2, frames = { 90 } }, { at = 900, by = "b", what = "ike", idle = 301, frames = { 190 } } } }, expect = { confidence = "likely", severity = "info", culprit = "peer" } },
		{ name = "once after thirty minutes", tunnel = { deletes = { { at = 1900, by = "b", what = "ike", idle = 1800.4, frames = { 90 } } } }, expect = { confidence = "possible" } },
		{ name = "once after 137 seconds", tunnel = { deletes = { { at = 400, by = "b", what = "ike", idle = 150, frames = { 90 } } } }, expect = "nothing" },
		{ name = "in the midst of traffic", tunnel = { deletes = { { at = 400, by = "b", what = "ike", idle = 0.2, frames = { 90 } } } }, expect = "nothing" },
		{ name = "after different times", tunnel = { deletes = { { at = 400, by = "b", what = "ike", idle = 300, frames = { 90 } }, { at = 900, by = "b", what = "ike", idle = 120, frames = { 190 } } } }, expect = "nothing" },
	},
}
