-- Seen at the receiver: first fragments come, later ones never do. Seen at the sender only through an ICMP 11/1 of the peer.
local SEEN = _"%s gets the first fragment of a packet and never the rest"
local NONE, SOME = _"none arrives whole", _"%s arrive whole"
local SAID = _"%s waits for the rest of fragmented packets in vain and says so, ICMP reassembly time exceeded"

return rule {
	id = "path.frag.non_first_missing", step = "reachability", severity = "critical", scope = "tunnel",
	trigger = { "fragments" },
	title = _"Only the first fragment arrives",
	say = {
		confirmed = _"The path from {sender} discards every IP fragment after the first: {broken} fragmented packets arrive without their rest ({frames}), {whole}, and {receiver} says so itself (ICMP reassembly time exceeded, {told}).",
		likely = _"The path from {sender} discards IP fragments after the first: {witness} ({broken} seen: {frames}), while unfragmented packets arrive.",
		possible = _"Answers of {sender} that leave in IP fragments are not heard: {receiver} asks again after each of them ({frames}), while small packets pass. The path discards later fragments, or {receiver} discards the answer; a capture at {receiver} decides.",
	},
	sure = { likely = "later fragments can be in this file, and whole packets of the sender are; or the receiver says so" },
	why = _"later fragments from {sender} are lost",
	advise = {
		now = { _"Send the provider the text below.",
		        _"Until it is repaired: switch on IKE fragmentation on both sides, or make the message of {sender} smaller (banner, network list, certificates)." },
		verify = { _"Connect again. This filter must show frames at {receiver}: ip.src=={sender} && ip.frag_offset>0" },
		isp = _"Please let IP fragments with an offset above 0 pass from {sender} to {receiver}, or tell us which device discards them. First fragments and packets that are not fragmented arrive, later fragments do not. They carry no port numbers, so that a filter on ports cannot match them: permit them by the two addresses, or reassemble before filtering.",
		admin = { _"ASA: show fragment, show asp drop (fragment-...)", _"strongSwan: fragmentation = yes; IOS: crypto ikev2 fragmentation",
		          _"Consumer modem: switch off \"block fragmented packets\"" },
	},
	explains = { "ike.auth.no_reply", "auth.xauth.stall", "auth.modecfg.stall", "auth.eap.stall", "path.icmp.reassembly_timeout", "path.frag.ike_fragmented",
	             "ike.frag.incomplete", "life.half_open", "path.frag.all_missing", "path.pmtu.blackhole", "path.pmtu.v6", "ike1.quick.no_reply", "path.udp4500.blocked", "life.dpd.dead" },
	references = { "RFC 8900 3.4", "RFC 8900 6.3", "RFC 4787 REQ-14" },
	when = function(t, c)
		local function timeout_about(side)
			for _, g in ipairs(t.icmp or {}) do
				if g.name == "reassembly_timeout" and g.matched and g.quoted_from == side then return g end
			end
		end
		for _, side in ipairs { "a", "b" } do
			local d, g = t.fragments[side], timeout_about(side)
			local args = { sender = address(t, side), receiver = address(t, other(side)), broken = count(d.first_only + d.partial), whole = d.whole == 0 and NONE or string.format(SOME, d.whole), told = frames(g and g.frames or {}), witness = string.format(SEEN, address(t, other(side))) }
			-- at the receiver
			local receiving = t.vantage.side ~= side and t.vantage.side ~= "unknown" or g and g.from_local
			if receiving and d.first_only >= 2 and d.first_only > d.whole and d.first_only >= 9 * (d.partial + d.first_missing)
			   and c.frag_blind == "no" and c.sees.frags ~= "no" and d.unfragmented > 0
			   and not (t.works and t.works.since > d.last) then
				local sure = g and g.from_local
				local proof = append({}, sure and g.frames, d.frames)
				args.frames = frames(d.frames)
				return { confidence = sure and "confirmed" or c.sees.frags == "yes" and "likely" or "possible", culprit = "path",
				         frames = proof, at = d.last, filter = "ip.flags.mf==1 || ip.frag_offset>0", args = args }
			end
			-- at the sender: the peer's own host says that the rest never came
			if g and not g.from_local and d.whole >= 2 and not (t.works and t.works.since > g.last) then
				args.frames = frames(g.frames)
				args.broken, args.witness = count(g.count), string.format(SAID, g.source or address(t, other(side)))
				return { confidence = "likely", culprit = "path", frames = g.frames, at = g.last, args = args }
			end
		end
		-- at the sender of answers: asked again after each fragmented answer
		for _, x in ipairs(t.unheard or {}) do
			if x.answer and x.answer.pieces > 1 and x.to == t.vantage.side and x.sends_after_answer >= 3
			   and not (t.works and t.works.since > x.last) then
				return { confidence = "possible", culprit = "path", frames = x.answer.frames, at = x.last,
				         args = { sender = address(t, x.to), receiver = address(t, x.from), broken = count(x.answer.sends), witness = "", frames = frames(x.answer.frames) } }
			end
		end
	end,
	tests = {
		{ name = "first fragments only, and our own host gave up waiting",
		  tunnel = { fragments = { a = { trains = 0, whole = 0, first_only = 0, first_missing = 0, partial = 0, unfragmented = 20 },
		                           b = { trains = 7, whole = 0, first_only = 7, first_missing = 0, partial = 0, unfragmented = 10, frames = { 11, 13 }, last = 60 } },
		             icmp = { { name = "reassembly_timeout", matched = true, quoted_from = "b", from_local = true, frames = { 22 }, count = 3, last = 60 } } },
		  expect = { confidence = "confirmed", culprit = "path", text_has = "#22" } },
		{ name = "without that only likely",
		  tunnel = { fragments = { a = { trains = 0, whole = 0, first_only = 0, first_missing = 0, partial = 0, unfragmented = 20 },
		                           b = { trains = 7, whole = 0, first_only = 7, first_missing = 0, partial = 0, unfragmented = 10, frames = { 11, 13 }, last = 60 } } },
		  expect = { confidence = "likely" } },
		{ name = "a port filter hides the later fragments",
		  tunnel = { fragments = { a = { trains = 3, whole = 0, first_only = 3, first_missing = 0, partial = 0, unfragmented = 20, last = 1, frames = { 1 } },
		                           b = { trains = 7, whole = 0, first_only = 7, first_missing = 0, partial = 0, unfragmented = 10, frames = { 11, 13 }, last = 60 } } },
		  capture = { frag_blind = "certain", sees = { both_ways = "yes", icmp = "unknown", frags = "no", esp = "yes", p4500 = "yes" } },
		  expect = "nothing" },
		{ name = "everything arrives",
		  tunnel = { fragments = { a = { trains = 2, whole = 2, first_only = 0, first_missing = 0, partial = 0, unfragmented = 20 },
		                           b = { trains = 2, whole = 2, first_only = 0, first_missing = 0, partial = 0, unfragmented = 10 } } },
		  expect = "nothing" },
		{ name = "at the sender of answers: asked again after each fragmented one",
		  tunnel = { vantage = { side = "b" }, fragments = { a = { trains = 0, whole = 0, first_only = 0, first_missing = 0, partial = 0, unfragmented = 9 },
		                                                     b = { trains = 5, whole = 5, first_only = 0, first_missing = 0, partial = 0, unfragmented = 9 } },
		             unheard = { { from = "a", to = "b", sends_after_answer = 4, last = 40, answer = { pieces = 2, sends = 5, frames = { 11, 12 } } } } },
		  expect = { confidence = "possible" } },
		{ name = "at the sender: the peer says that the rest never came",
		  tunnel = { fragments = { a = { trains = 5, whole = 5, first_only = 0, first_missing = 0, partial = 0, unfragmented = 9 }, b = { trains = 0, whole = 0, first_only = 0, first_missing = 0, partial = 0, unfragmented = 9 } },
		             icmp = { { name = "reassembly_timeout", matched = true, quoted_from = "a", from_local = false, frames = { 22 }, count = 1, last = 60 } } },
		  expect = { confidence = "likely" } },
	},
}
