return rule {
	id = "cap.asa_isakmp_type", step = "capture", severity = "info", scope = "capture",
	trigger = { "asa_pseudo" },
	title = _"ASA \"type isakmp\" pseudo capture",
	say = {
		likely = _"The layers below IKE in this recording are made up: hop count, IP id and addresses of the link never vary and no checksum is right ({frames}), as an ASA capture of type isakmp writes them. IKE itself is real; sizes, ports and fragments are not.",
	},
	sure = { likely = "no real link keeps hop counts, IP ids and link addresses and has no right checksum" },
	why = _"IP and UDP headers are invented",
	advise = {
		now = { _"To see the path record again on the interface, not with type isakmp." },
		verify = { _"The new recording shows varying IP ids and ESP." },
		admin = { _"ASA: capture X interface outside buffer 10000000 packet-length 1600 match ip host A host B" },
	},
	explains = { "nat.detected", "natt.forced" },
	references = { "Cisco ASA: capture type isakmp" },
	when = function(c)
		return { confidence = "likely", culprit = "capture", frames = c.asa_pseudo.frames, args = { frames = frames(c.asa_pseudo.frames) } }
	end,
	tests = {
		{ name = "constant layers below IKE", capture = { asa_pseudo = { why = "constant", frames = { 1, 2 } } }, expect = { confidence = "likely" } },
		{ name = "an ordinary recording", capture = {}, expect = "nothing" },
	},
}
