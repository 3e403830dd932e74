-- Both ends: the answer arrives where the question came from, and the question is asked all the same.
local ASKS = { IKE_SA_INIT = true, IKE_AUTH = true, MAIN_1 = true, MAIN_3 = true, AGGRESSIVE_1 = true, CREATE_CHILD_SA = true }
local TIMES = 3

-- Requests that came again after their answer was recorded in front of their sender.
local function unheard(t, x)
	for i, u in ipairs(t and t.unheard or {}) do
		if u.type == x.type and u.message_id == x.message_id and u.from == x.from and u.sends_after_answer >= TIMES then return u end
	end
end

return rule {
	id = "local.answer_ignored", step = "reachability", severity = "critical", scope = "ends",
	trigger = { "exchanges" },
	title = _"The answer arrives and is not taken",
	say = {
		likely = _"{asker} gets the answer of {peer} and asks again all the same: {answers} answers to its {message} reach the recorder in front of it ({frames}), and it repeats the request {again} times after the first of them. The path is good; a firewall on {asker} itself, behind the recorder, discards the answer, or its daemon rejects it.",
	},
	why = _"{asker} does not take {answers} answers that arrive",
	advise = {
		now = { _"Check the host firewall of {asker}: it must let in UDP from {peer}.",
		        _"Read the log of {asker} at {at}: a rejected answer leaves a line there, a discarded one does not." },
		verify = { _"The request of frame {first} is not repeated." },
		admin = { _"Linux: nft list ruleset, ss -lunp; Windows: Get-NetFirewallRule, netsh wfp show netevents", _"ASA: capture D type asp-drop all", _"strongSwan: swanctl --log --level 2" },
	},
	explains = { "path.udp500.no_reply", "ike.auth.no_reply", "life.half_open" },
	references = { "RFC 7296 2.1", "RFC 7296 2.4" },
	when = function(e, near, far)
		for i, x in ipairs(e.exchanges) do
			local u = unheard(x.from == "a" and near or x.from == "b" and far or nil, x)
			if ASKS[x.type] and u and x.answers_arrived >= TIMES and not x.refused and x.stage ~= "established" then
				return { confidence = "likely", culprit = x.from == "a" and "local" or "peer", frames = u.answer and u.answer.frames or x.frames, at = x.last,
				         args = { asker = address(e, x.from), peer = address(e, other(x.from)), answers = count(x.answers_arrived), message = x.type, again = count(u.sends_after_answer),
				                  frames = frames(u.answer and u.answer.frames or x.frames), first = frame(x.frames[1]), at = time(x.first) } }
			end
		end
	end,
	tests = {
		{ name = "answered five times, asked five times",
		  near = { unheard = { { type = "IKE_SA_INIT", message_id = 0, from = "a", sends_after_answer = 4, answer = { frames = { 2, 4 } } } } },
		  ends = { exchanges = { { type = "IKE_SA_INIT", message_id = 0, from = "a", sent = 5, arrived = 5, answers_arrived = 5, stage = "agreed", first = 1, last = 40, frames = { 1, 3 } } } },
		  expect = { confidence = "likely", culprit = "local" } },
		{ name = "a refusal is taken for forged and asked again",
		  near = { unheard = { { type = "IKE_SA_INIT", message_id = 0, from = "a", sends_after_answer = 4, answer = { frames = { 2, 4 } } } } },
		  ends = { exchanges = { { type = "IKE_SA_INIT", message_id = 0, from = "a", sent = 5, arrived = 5, answers_arrived = 5, refused = "NO_PROPOSAL_CHOSEN", first = 1, last = 40, frames = { 1, 3 } } } },
		  expect = "nothing" },
	},
}
