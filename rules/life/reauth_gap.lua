-- Delete first, then log in again: the same side does both, at once.
local AT_ONCE_S, LEAST_S, UP_S = 5, 0.5, 10

return rule {
	id = "life.reauth_gap", step = "lifecycle", severity = "medium", scope = "tunnel",
	trigger = { "outages" },
	title = _"Re-authentication breaks the traffic for a moment",
	say = {
		likely = _"{side} deletes the tunnel at {down} and logs in anew at once: traffic stands still for {gap} ({frames}). It ends the old login before the new one is there.",
	},
	sure = { likely = "one side deletes and logs in anew at once" },
	why = _"{gap} without a tunnel at the new login",
	advise = {
		now = { _"Let {side} build the new login before it deletes the old one (make before break), or rekey instead of logging in anew." },
		verify = { _"Wait for the next login. The Delete of the old IKE SA (INFORMATIONAL) must come after the new IKE_AUTH. This filter shows the order: isakmp.exchangetype==37 || isakmp.exchangetype==35" },
		admin = { _"strongSwan: make_before_break = yes, reauth_time = 0; Libreswan: reauth=no" },
	},
	references = { "RFC 7296 2.8.3" },
	when = function(t, c)
		local worst
		for i, r in ipairs(t.outages.rows) do
			if r.how == "deleted" and r.by == r.again_by and r.up_again and r.again >= r.down and r.again - r.down <= AT_ONCE_S and r.down - r.up >= UP_S and r.up_again - r.down >= LEAST_S
			   and (not worst or r.up_again - r.down > worst.up_again - worst.down) then
				worst = r
			end
		end
		if not worst then return nil end
		return {
			confidence = "likely", culprit = worst.by == t.vantage.side and "local" or "peer", frames = worst.frames, at = worst.down,
			args = { side = address(t, worst.by), down = time(worst.down), gap = duration(worst.up_again - worst.down), frames = frames(worst.frames) },
		}
	end,
	tests = {
		{ name = "two seconds", tunnel = { outages = { rows = { { up = 1, down = 61, again = 61.1, up_again = 63, how = "deleted", by = "a", again_by = "a", frames = { 50 } } } } }, expect = { confidence = "likely", culprit = "local", severity = "medium" } },
		{ name = "ten milliseconds", tunnel = { outages = { rows = { { up = 1, down = 61, again = 61.001, up_again = 61.01, how = "deleted", by = "a", again_by = "a", frames = { 50 } } } } }, expect = "nothing" },
		{ name = "the other side deletes: no new login of its own", tunnel = { outages = { rows = { { up = 1, down = 61, again = 61.1, up_again = 63, how = "deleted", by = "b", again_by = "a", frames = { 50 } } } } }, expect = "nothing" },
		{ name = "an hour later", tunnel = { outages = { rows = { { up = 1, down = 61, again = 3700, up_again = 3701, how = "deleted", by = "a", again_by = "a", frames = { 50 } } } } }, expect = "nothing" },
	},
}
