-- One recording shows overlaps. Pieces cut anew or put together on the way need both ends.
return rule {
	id = "path.frag.altered", step = "reachability", severity = "low", scope = "tunnel",
	trigger = { "fragments" },
	title = _"IP fragments overlap",
	say = {
		confirmed = _"IP fragments of {sender} overlap in {n} packets ({frames}), and the octets that come twice differ: an attack, or a broken device on the way. Receivers discard such packets.",
		likely = _"IP fragments of {sender} overlap in {n} packets ({frames}): a device on the way cuts them anew. In IPv6 receivers discard such packets.",
	},
	sure = {
		confirmed = "both pieces are here and differ",
		likely = "no sender cuts its own packets so that the pieces overlap",
	},
	why = _"overlapping fragments in {n} packets",
	advise = {
		now = { _"Find the device that cuts packets of {sender} anew: a firewall with virtual reassembly, a tunnel with a smaller MTU." },
		verify = { _"Record at {receiver} again. This filter must show no frame: ip.src=={sender} && ip.fragment.overlap" },
		isp = _"Fragments from {sender} to {receiver} arrive overlapping. Please tell which device of yours fragments or reassembles between the two.",
		admin = { _"ASA: show fragment, show asp drop; IOS: ip virtual-reassembly" },
	},
	references = { "RFC 791 3.2", "RFC 5722 4", "RFC 8200 4.5", "RFC 1858 4" },
	when = function(t, c)
		for i, side in ipairs { "a", "b" } do
			local d = t.fragments[side]
			if (d.overlap or 0) > 0 then
				local differs = d.overlap_differs > 0
				return {
					confidence = differs and "confirmed" or "likely", culprit = "path", frames = d.overlap_frames, severity = differs and (t.works and "medium" or "high") or nil,
					args = { sender = address(t, side), receiver = address(t, other(side)), n = count(d.overlap, d.trains), frames = frames(d.overlap_frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "the same octets twice", tunnel = { fragments = { a = { trains = 0 }, b = { trains = 5, overlap = 2, overlap_differs = 0, overlap_frames = { 7 } } } }, expect = { confidence = "likely", severity = "low" } },
		{ name = "different octets in one place", tunnel = { fragments = { a = { trains = 0 }, b = { trains = 5, overlap = 2, overlap_differs = 1, overlap_frames = { 7 } } } }, expect = { confidence = "confirmed", severity = "high" } },
		{ name = "no overlap", tunnel = { fragments = { a = { trains = 0 }, b = { trains = 5, overlap = 0, overlap_differs = 0 } } }, expect = "nothing" },
	},
}
