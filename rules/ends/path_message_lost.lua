-- Both ends: one IKE message never arrives, however often it is sent, while others of its kind do. What all its kind have in common has rules of its own.
local SENDS, SURE = 3, 4

local function arrives(e, side)
	local n = 0
	for i, name in ipairs { "ike_500", "ike_4500", "esp", "esp_udp" } do
		local k = e.ways[side].classes[name]
		n = n + (k and k.arrived or 0)
	end
	return n
end

-- Of something that it sends, that recorder has nothing at all, and may be unable to: this message may be of that kind.
-- Or it has packets that it cut too short to tell which message they are.
local function hidden(e, side)
	for name, k in pairs(e.ways[side].classes) do
		if k.visible == false and k.lost > 0 and k.arrived == 0 or (k.unread or 0) > 0 then return true end
	end
	return false
end

return rule {
	id = "path.message_lost", step = "reachability", severity = "critical", scope = "ends",
	trigger = { "exchanges" },
	title = _"One message is lost on the way every time",
	say = {
		confirmed = _"The path from {sender} to {receiver} loses {what} ({message}) every time: it leaves {lost} times ({frames}) and never arrives, while {passed} other packets do.",
		likely = _"The path from {sender} to {receiver} loses {what} ({message}): it leaves {lost} times ({frames}) and does not arrive, while {passed} other packets do.",
	},
	why = _"{message} from {sender} never arrives",
	advise = {
		now = { _"Send the provider the text below.", _"Compare its size and port with those of the packets that arrive: what is different?" },
		verify = { _"{message} shows at {receiver} after frame {first}." },
		isp = _"One UDP packet from {sender} to {receiver} is lost every time: it leaves {lost} times and never arrives, while {passed} other packets of the same hosts do; we recorded at both ends. Please tell us which device discards it.",
		admin = { _"Look for an inspection engine that knows IKE on the way (\"IPsec pass-through\", IPS signatures)" },
	},
	explains = { "auth.xauth.stall", "auth.modecfg.stall", "auth.eap.stall", "ike.auth.no_reply", "ike1.quick.no_reply", "life.half_open", "life.dpd.dead", "life.dpd.selective", "life.rekey.failed", "life.message_window_stuck", "path.udp500.no_reply" },
	references = { "RFC 7296 2.1" },
	when = function(e, near, far)
		local REQUEST, ANSWER = _"one request", _"the answers to one request"
		for i, x in ipairs(e.exchanges) do
			local there = far and near and e.joined == "messages"
			local n, from, seen, last, what
			if there and x.expects_answer and x.sent >= SENDS and x.arrived == 0 and x.partly == 0 and x.icmp == 0 and x.in_overlap then
				n, from, seen, last, what = x.sent, x.from, x.frames, x.last, REQUEST
			elseif there and x.arrived > 0 and (x.answers_within or 0) >= SENDS and x.answers_arrived == 0 and x.answers_partly == 0 and x.icmp == 0 then
				n, from, seen, last, what = x.answers_within, other(x.from), x.answer_frames, x.answer_last, ANSWER
			end
			if n and arrives(e, from) > 0 and not hidden(e, from) then
				local works = near.works and far.works and math.max(near.works.since, far.works.since)
				return { confidence = n >= SURE and "confirmed" or "likely", culprit = "path", frames = seen, at = last, severity = works and works > last and "medium" or nil,
				         args = { sender = address(e, from), receiver = address(e, other(from)), what = what, message = x.type, lost = count(n), passed = count(arrives(e, from)), frames = frames(seen), first = frame(seen[1]) } }
			end
		end
	end,
	tests = {
		{ name = "five requests are lost, others pass", near = {}, far = {},
		  ends = { exchanges = { { type = "TRANSACTION", from = "b", expects_answer = true, sent = 5, arrived = 0, partly = 0, answers = 0, answers_arrived = 0, answers_partly = 0, icmp = 0, in_overlap = true, first = 0, last = 18, frames = { { 1, 6 } } } },
		           ways = { a = { classes = {} }, b = { classes = { ike_4500 = { sent = 6, arrived = 1 } } } } },
		  expect = { confidence = "confirmed", culprit = "path" } },
		{ name = "three", near = {}, far = {},
		  ends = { exchanges = { { type = "TRANSACTION", from = "b", expects_answer = true, sent = 3, arrived = 0, partly = 0, answers = 0, answers_arrived = 0, answers_partly = 0, icmp = 0, in_overlap = true, first = 0, last = 18, frames = { { 1, 6 } } } },
		           ways = { a = { classes = {} }, b = { classes = { ike_4500 = { sent = 6, arrived = 1 } } } } },
		  expect = { confidence = "likely" } },
		{ name = "fragments are hidden there", near = {}, far = {},
		  ends = { exchanges = { { type = "IKE_AUTH", from = "b", expects_answer = true, sent = 5, arrived = 0, partly = 0, answers = 0, answers_arrived = 0, answers_partly = 0, icmp = 0, in_overlap = true, first = 0, last = 18, frames = { { 1, 6 } } } },
		           ways = { a = { classes = {} }, b = { classes = { ike_500 = { sent = 6, arrived = 1, lost = 0 }, first_fragment = { sent = 5, arrived = 0, lost = 5, visible = false } } } } },
		  expect = "nothing" },
		{ name = "its recorder cuts IKE too short to read", near = {}, far = {},
		  ends = { exchanges = { { type = "IKE_SA_INIT", from = "b", expects_answer = true, sent = 5, arrived = 0, partly = 0, answers = 0, answers_arrived = 0, answers_partly = 0, icmp = 0, in_overlap = true, first = 0, last = 18, frames = { { 1, 6 } } } },
		           ways = { a = { classes = {} }, b = { classes = { ike_500 = { sent = 6, arrived = 6, lost = 0, unread = 6 } } } } },
		  expect = "nothing" },
		{ name = "it arrives once", near = {}, far = {},
		  ends = { exchanges = { { type = "TRANSACTION", from = "b", expects_answer = true, sent = 5, arrived = 1, partly = 0, answers = 0, answers_arrived = 0, answers_partly = 0, icmp = 0, in_overlap = true, first = 0, last = 18, frames = { { 1, 6 } } } },
		           ways = { a = { classes = {} }, b = { classes = { ike_4500 = { sent = 6, arrived = 2 } } } } },
		  expect = "nothing" },
	},
}
