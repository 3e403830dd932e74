-- Both ends: first fragments arrive, later ones do not.
return rule {
	id = "path.frag.non_first_missing", step = "reachability", severity = "critical", scope = "ends",
	trigger = { "ways" },
	title = _"Only the first fragment arrives",
	say = {
		confirmed = _"The path from {sender} discards every IP fragment after the first. {lost} later fragments are lost ({frames}); {first} first fragments and {whole} whole packets reach {receiver}.",
		likely = _"The path from {sender} discards IP fragments after the first. {lost} later fragments are lost ({frames}); {first} first fragments and {whole} whole packets reach {receiver}.",
	},
	why = _"later fragments from {sender}: {arrived} arrive",
	advise = {
		now = { _"Send the provider the text below.",
		        _"Until it is repaired: switch on IKE fragmentation on both sides, or make the message of {sender} smaller (banner, network list, certificates)." },
		verify = { _"Connect again. This filter must show frames at {receiver}: ip.src=={sender} && ip.frag_offset>0" },
		isp = _"Please let IP fragments with an offset above 0 pass from {sender} to {receiver}, or tell us which device discards them: {lost} are lost, while {first} first fragments and {whole} whole packets arrive; we recorded at both ends. They carry no port numbers, so that a filter on ports cannot match them: permit them by the two addresses, or reassemble before filtering.",
		admin = { _"ASA: show fragment, show asp drop (fragment-...)", _"strongSwan: fragmentation = yes; IOS: crypto ikev2 fragmentation",
		          _"Consumer modem: switch off \"block fragmented packets\"" },
	},
	explains = { "path.message_lost", "ike.auth.no_reply", "auth.xauth.stall", "auth.modecfg.stall", "auth.eap.stall", "path.icmp.reassembly_timeout", "path.frag.ike_fragmented", "path.frag.altered",
	             "ike.frag.incomplete", "life.half_open", "path.frag.all_missing", "path.pmtu.blackhole", "path.pmtu.v6", "ike1.quick.no_reply", "path.udp4500.blocked", "life.dpd.dead",
	             "path.frag.last_missing", "ike.frag.not_offered", "ike.auth_not_sent", "path.udp500.blocked_return", "cap.filter.fragments", "path.loss.random" },
	references = { "RFC 791 2.3", "RFC 8900 3.4", "RFC 8900 6.3", "RFC 4787 REQ-14" },
	when = function(e, near, far)
		local all, lost = false, false
		for i, side in ipairs { "a", "b" } do
			local w = e.ways[side].classes
			local first, later, whole, sent = w.first_fragment, w.later_fragment, 0, 0
			for n, name in ipairs { "ike_500", "ike_4500", "esp", "esp_udp" } do
				if w[name] then whole, sent = whole + w[name].arrived, sent + w[name].sent end
			end
			if first and later and later.sent >= 2 and 10 * later.arrived <= later.sent and 10 * first.arrived >= 9 * first.sent and later.visible then
				local works = (near and near.works or far and far.works)
				return { confidence = (later.low >= 0.5 or first.arrived >= 3) and "confirmed" or "likely", culprit = "path", frames = later.frames, at = later.last_lost,
				         severity = works and works.since > later.last_lost and "high" or nil, filter = "ip.flags.mf==1 || ip.frag_offset>0",
				         args = { sender = address(e, side), receiver = address(e, other(side)), lost = count(later.lost, later.sent), arrived = count(later.arrived, later.sent),
				                  first = count(first.arrived, first.sent), whole = count(whole, sent), frames = frames(later.frames) } }
			end
			all = all or (later and later.arrived > 0 and later.lost == 0)
			lost = lost or (later and later.lost > 0)
		end
		if all and not lost then return { refuted = true } end
	end,
	tests = {
		{ name = "seven later fragments are lost",
		  ends = { ways = { a = { classes = {} }, b = { classes = { first_fragment = { sent = 7, arrived = 7, lost = 0 }, later_fragment = { sent = 7, arrived = 0, lost = 7, low = 0.64, visible = true, frames = { { 1, 12 } }, last_lost = 35 },
		                                                  ike_4500 = { sent = 4, arrived = 4, lost = 0 } } } } },
		  expect = { confidence = "confirmed", culprit = "path", text_has = "7 of 7 later" } },
		{ name = "two of them",
		  ends = { ways = { a = { classes = {} }, b = { classes = { first_fragment = { sent = 2, arrived = 2, lost = 0 }, later_fragment = { sent = 2, arrived = 0, lost = 2, low = 0.34, visible = true, frames = { { 1, 12 } }, last_lost = 35 } } } } },
		  expect = { confidence = "likely" } },
		{ name = "the filter of that recorder may hide them",
		  ends = { ways = { a = { classes = {} }, b = { classes = { first_fragment = { sent = 7, arrived = 7, lost = 0 }, later_fragment = { sent = 7, arrived = 0, lost = 7, low = 0.64, visible = false, frames = { { 1, 12 } }, last_lost = 35 } } } } },
		  expect = "nothing" },
		{ name = "all arrive",
		  ends = { ways = { a = { classes = {} }, b = { classes = { first_fragment = { sent = 7, arrived = 7, lost = 0 }, later_fragment = { sent = 7, arrived = 7, lost = 0, low = 0, visible = true } } } } },
		  expect = "refuted" },
	},
}
