-- Several networks give several SAs, all begun together or as needed and then renewed one for one. These pile up.
local MOST, APART_S = 4, 30

return rule {
	id = "life.duplicate_sas", step = "lifecycle", severity = "low", scope = "tunnel",
	trigger = { "parallel" },
	title = _"More and more parallel SAs",
	say = {
		possible = _"{sender} uses {most} ESP SAs to {receiver} at the same time, begun {apart} apart or more ({frames}): each new one seems to leave the old ones in place. A tunnel for {most} networks looks the same, if its traffic began one after the other; the list of SAs decides.",
	},
	why = _"{most} SAs in use at once",
	advise = {
		now = { _"List the SAs on both sides: do several stand for the same two networks?", _"Let only one side begin the tunnel and rekey earlier than the other." },
		verify = { _"Rekey and wait a minute. Of {sender} one SPI for each pair of networks must be in use; this filter shows them: esp && ip.src=={sender}" },
		admin = { _"strongSwan: swanctl --list-sas, unique = replace; Libreswan: ipsec trafficstatus, uniqueids=yes; ASA: show crypto ipsec sa" },
	},
	references = { "RFC 7296 2.8", "RFC 7296 2.8.1" },
	when = function(t, c)
		for i, side in ipairs { "a", "b" } do
			local p = t.parallel[side]
			if p and p.most >= MOST and p.apart >= APART_S then
				return {
					confidence = "possible", culprit = "both", frames = p.frames, at = p.at,
					args = { sender = address(t, side), receiver = address(t, other(side)), most = count(p.most), apart = duration(p.apart), frames = frames(p.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "five, a minute apart", tunnel = { parallel = { a = { most = 5, at = 400, apart = 60, frames = { 9, 90, 190, 290, 390 } } } }, expect = { confidence = "possible", culprit = "both", severity = "low" } },
		{ name = "twelve networks of one tunnel, begun together", tunnel = { parallel = { a = { most = 12, at = 4, apart = 0.1, frames = { 9, 10 } } } }, expect = "nothing" },
		{ name = "two: the old one until it expires", tunnel = { parallel = { a = { most = 2, at = 400, apart = 360, frames = { 9, 90 } } } }, expect = "nothing" },
	},
}
