-- A filter on ports cannot match a later IP fragment: only the first one carries ports.
return rule {
	id = "cap.filter.fragments", step = "capture", severity = "info", scope = "tunnel",
	trigger = { "fragments" },
	title = _"The capture filter hides later IP fragments",
	say = {
		confirmed = _"The filter of this recording hides IP fragments after the first: even what {side} itself sends shows first fragments only ({frames}). Whether fragments are lost on the way cannot be seen.",
		possible = _"The filter of this recording hides IP fragments after the first: it holds {n} of {side} and not one later fragment ({frames}). A path that discards later fragments looks the same; a recording without a port filter decides.",
	},
	sure = { confirmed = "the host's own packets lack their rest, and it sent them whole" },
	why = _"later fragments cannot be in this file",
	advise = {
		now = { _"Record again without ports in the filter, by host only." },
		verify = { _"Record again while a large message passes. This filter must show frames: ip.frag_offset>0" },
		admin = { _"tcpdump -ni IF -s0 -w FILE 'host PEER or (ip[6:2] & 0x1fff != 0) or icmp or icmp6'", _"ASA: capture X interface outside packet-length 1600 match ip host A host B" },
	},
	explains = { "path.frag.non_first_missing", "path.frag.last_missing" },
	references = { "pcap-filter(7)" },
	when = function(t, c)
		if c.frag_blind == "no" then return nil end
		for _, side in ipairs { "a", "b" } do
			local d = t.fragments[side]
			if d.first_only > 0 and (c.frag_blind ~= "certain" or d["local"]) then
				return {
					confidence = c.frag_blind == "certain" and "confirmed" or "possible", culprit = "capture", frames = d.frames,
					severity = not t.works and "medium" or nil, filter = "ip.flags.mf==1 || ip.frag_offset>0",
					args = { side = address(t, side), n = several("{n} first fragment", "{n} first fragments", d.first_only), frames = frames(d.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "our own fragments lack their rest",
		  tunnel = { fragments = { a = { first_only = 3, ["local"] = true, frames = { 3, 4 } }, b = { first_only = 0 } } }, capture = { frag_blind = "certain" },
		  expect = { confidence = "confirmed", culprit = "capture" } },
		{ name = "only those of the peer do",
		  tunnel = { fragments = { a = { first_only = 0 }, b = { first_only = 4, frames = { 3, 4 } } } }, capture = { frag_blind = "suspected" }, expect = { confidence = "possible" } },
		{ name = "in a tunnel that works it is a note", tunnel = { works = { since = 1, last = 9 }, fragments = { a = { first_only = 0 }, b = { first_only = 4, frames = { 3, 4 } } } },
		  capture = { frag_blind = "suspected" }, expect = { severity = "info" } },
		{ name = "the loss is real", tunnel = { fragments = { a = { first_only = 0 }, b = { first_only = 4, frames = { 3, 4 } } } }, expect = "nothing" },
	},
}
