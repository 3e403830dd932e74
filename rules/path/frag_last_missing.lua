return rule {
	id = "path.frag.last_missing", step = "reachability", severity = "high", scope = "tunnel",
	trigger = { "fragments" },
	title = _"Part of a fragment train is lost",
	say = {
		confirmed = _"Fragmented packets from {sender} arrive with holes: of {all} packets {broken} lack a middle or the last fragment ({frames}), {whole} arrive whole.",
	},
	why = _"fragment trains from {sender} have holes",
	advise = {
		now = { _"Switch on IKE fragmentation on both sides, so that no IP fragments are needed.", _"Does a device on the way limit the number of fragments of one packet? ASA: fragment chain." },
		verify = { _"Connect again and record at {receiver}: every fragmented packet must be put together there. This filter must show one frame for each packet: ip.src=={sender} && ip.flags.mf==0 && ip.frag_offset>0" },
		isp = _"Please find out where IP fragments from {sender} to {receiver} are lost: some pieces of a packet arrive, others do not. A limit on fragments per packet, or loss on that direction, would do that.",
		admin = { _"ASA: show fragment, show asp drop; strongSwan: fragmentation = yes" },
	},
	explains = { "ike.auth.no_reply", "life.half_open", "path.frag.ike_fragmented", "auth.modecfg.stall", "path.icmp.reassembly_timeout" },
	references = { "RFC 791 3.2", "RFC 8900 3" },
	when = function(t, c)
		if c.frag_blind ~= "no" then return nil end
		for _, side in ipairs { "a", "b" } do
			local d = t.fragments[side]
			if side ~= t.vantage.side and d.partial >= 2 and d.partial > d.whole then
				return {
					confidence = "confirmed", culprit = "path", frames = d.frames, at = d.last, filter = "ip.flags.mf==1 || ip.frag_offset>0",
					severity = t.works and t.works.since > d.last and "medium" or nil,
					args = { sender = address(t, side), receiver = address(t, other(side)), all = count(d.trains), broken = count(d.partial), whole = count(d.whole), frames = frames(d.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "holes in four of five trains",
		  tunnel = { fragments = { a = { trains = 0, whole = 0, partial = 0 }, b = { trains = 5, whole = 1, partial = 4, last = 40, frames = { 4, 6 } } } },
		  expect = { confidence = "confirmed", culprit = "path", severity = "high" } },
		{ name = "whole trains", tunnel = { fragments = { a = { trains = 3, whole = 3, partial = 0 }, b = { trains = 3, whole = 3, partial = 0 } } }, expect = "nothing" },
		{ name = "the filter of the recording hides fragments",
		  tunnel = { fragments = { a = { trains = 0, whole = 0, partial = 0 }, b = { trains = 5, whole = 1, partial = 4, last = 40, frames = { 4, 6 } } } },
		  capture = { frag_blind = "suspected" }, expect = "nothing" },
	},
}
