-- From the sending side alone: fragments of a request are lost, all of them or the later ones. Only the far end can tell which.

return rule {
	id = "path.frag.all_missing", step = "reachability", severity = "critical", scope = "tunnel",
	trigger = { "unanswered" },
	title = _"Packets in IP fragments vanish on the way",
	say = {
		possible = _"{message} of {sender} leaves {sends} times in {pieces} IP fragments and is never answered ({frames}), while smaller messages are. The path discards IP fragments, or {receiver} gets {message} and stays silent; a capture at {receiver} decides.",
	},
	why = _"fragmented {message} unanswered",
	advise = {
		now = { _"Switch on IKE fragmentation on both sides, so that no IP fragments are needed.",
		        _"Record at {receiver}: which fragments of frame {first} arrive?" },
		verify = { _"Connect again. This filter must show the answer to {message}, too: isakmp && ip.src=={receiver}" },
		isp = _"Please let IP fragments pass from {sender} to {receiver}, or tell us which device discards them. Whole packets get through; packets in fragments bring no answer. Fragments after the first carry no port numbers, so that a filter on ports cannot match them: permit them by the two addresses.",
		admin = { _"strongSwan: fragmentation = yes; Libreswan: fragmentation=force; IOS: crypto ikev2 fragmentation",
		          _"ASA: show fragment, show asp drop" },
	},
	explains = { "ike.auth.no_reply", "path.frag.ike_fragmented", "life.half_open", "path.udp4500.blocked", "ike1.quick.no_reply" },
	references = { "RFC 8900 3.9", "RFC 8900 6.3" },
	when = function(t, c)
		for _, x in ipairs(t.unanswered) do
			local small = t.pmtu[x.from]
			if x.pieces > 1 and x.sends >= 3 and waited(x) and x.icmp == 0 and x.to ~= t.vantage.side and not x.partial_answer
			   and small.small_answered_before and not (t.works and t.works.since > x.last) then
				return {
					confidence = "possible", culprit = "path", frames = x.frames, at = x.last,
					filter = "ip.flags.mf==1 || ip.frag_offset>0",
					args = { sender = address(t, x.from), receiver = address(t, x.to), message = message(x.type), pieces = x.pieces,
					         sends = count(x.sends), frames = frames(x.frames), first = frame(x.frames[1]) },
				}
			end
		end
	end,
	tests = {
		{ name = "a fragmented request repeated without answer",
		  tunnel = { pmtu = { a = { small_answered_before = true }, b = {} },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", sends = 5, pieces = 2, quiet = true, icmp = 0, last = 89, frames = { 3, 4, 5 } } } },
		  expect = { confidence = "possible", culprit = "path" } },
		{ name = "the recording has a hole where its answer may have been",
		  tunnel = { pmtu = { a = { small_answered_before = true }, b = {} },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", sends = 5, pieces = 2, quiet = false, hole = true, icmp = 0, last = 89, frames = { 3, 4, 5 } } } },
		  expect = "nothing" },
		{ name = "a whole request",
		  tunnel = { pmtu = { a = { small_answered_before = true }, b = {} },
		             unanswered = { { type = "IKE_AUTH", from = "a", to = "b", sends = 5, pieces = 1, quiet = true, icmp = 0, last = 89, frames = { 3, 4, 5 } } } },
		  expect = "nothing" },
		{ name = "nothing was answered before: the port may be closed",
		  tunnel = { pmtu = { a = { small_answered_before = false }, b = {} },
		             unanswered = { { type = "IKE_SA_INIT", from = "a", to = "b", sends = 5, pieces = 2, quiet = true, icmp = 0, last = 89, frames = { 3, 4, 5 } } } },
		  expect = "nothing" },
	},
}
