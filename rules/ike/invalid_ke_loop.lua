local NEVER = _"never sends it"
local NOT_OFFERED = _"does not offer that group at all"

return rule {
	id = "ike.invalid_ke.loop", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "refused" },
	title = _"They never agree on the DH group",
	say = {
		confirmed = _"{responder} asks {initiator} for DH group {group} ({times}, {frames}), and {initiator} {never}: the two never agree on a group.",
	},
	sure = { confirmed = "the notify and what was offered are here in clear text" },
	why = _"group {group} asked for in vain",
	advise = {
		now = { _"Put DH group {group} first in the IKE proposal of {initiator}, or permit the group of {initiator} at {responder}." },
		verify = { _"Connect again. At most one answer may ask for another group; then this filter must show an answer of {responder} with a key: isakmp.exchangetype==34 && isakmp.flag_r==1 && isakmp.key_exchange.dh_group" },
		peer = _"Please agree with us on one DH group: {responder} asks for group {group}, and {initiator} {never}. Either side may change.",
		admin = { _"ASA: crypto ikev2 policy, group {group}", _"strongSwan: proposals = ...-modp2048 or -ecp256 and so on" },
	},
	explains = { "life.half_open", "ike.invalid_ke" },
	references = { "RFC 7296 1.2", "RFC 7296 2.6.1" },
	when = function(t, c)
		if t.probe and not c.cut then return nil end
		local total, seen, last, example, foreign = 0, {}, 0, nil, false
		for _, r in ipairs(t.refused) do
			local a = t.attempts[r.attempt]
			if r.name == "INVALID_KE_PAYLOAD" and not (a and a.suite) then
				total, last, example = total + r.count, math.max(last, r.last), r
				foreign = foreign or r.group_offered == false
				append(seen, r.frames)
			end
		end
		if not example or not (total >= 3 or foreign and not t.works) then return nil end
		return {
			confidence = "confirmed", culprit = "both", frames = seen, at = last, filter = "isakmp.notify.msgtype==17",
			args = { initiator = address(t, example.to), responder = address(t, example.from), group = example.group_name or example.group or 0,
			         times = several("{n} time", "{n} times", total), never = foreign and NOT_OFFERED or NEVER, frames = frames(seen) },
		}
	end,
	tests = {
		{ name = "asked four times in vain",
		  tunnel = { attempts = { {} }, refused = { { name = "INVALID_KE_PAYLOAD", attempt = 1, from = "b", to = "a", group = 19, count = 4, frames = { 2, 4, 6, 8 }, last = 9 } } },
		  expect = { confidence = "confirmed", culprit = "both" } },
		{ name = "asked once, for a group that was never offered",
		  tunnel = { attempts = { {} }, refused = { { name = "INVALID_KE_PAYLOAD", attempt = 1, from = "b", to = "a", group = 19, group_name = "ECP-256", group_offered = false, count = 1, frames = { 2 }, last = 0 } } },
		  expect = { confidence = "confirmed", text_has = "does not offer" } },
		{ name = "asked once, the recording ends there",
		  tunnel = { attempts = { {} }, refused = { { name = "INVALID_KE_PAYLOAD", attempt = 1, from = "b", to = "a", group = 19, group_offered = true, count = 1, frames = { 2 }, last = 0 } } },
		  expect = "nothing" },
		{ name = "one round, then agreed",
		  tunnel = { attempts = { { suite = { group = 19 } } }, refused = { { name = "INVALID_KE_PAYLOAD", attempt = 1, from = "b", to = "a", group = 19, count = 1, frames = { 2 }, last = 0 } } },
		  expect = "nothing" },
	},
}
