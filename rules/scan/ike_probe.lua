return rule {
	id = "scan.ike_probe", step = "reachability", severity = "info", scope = "tunnel",
	trigger = { "probe" },
	title = _"An internet scanner knocks: not your outage",
	say = {
		likely = _"{stranger} sends a first IKE message or two without the usual extras and never goes on ({count} sent, {frames}): a scanner, not a peer.",
	},
	why = _"scanner, {count} packets",
	advise = { admin = { _"Nothing to repair. If it bothers you, permit IKE from known peers only." } },
	explains = { "path.udp500.*", "peer.silent", "ike.no_proposal", "ike1.no_proposal", "ike.no_config", "life.half_open", "ike.version.mismatch", "cap.ends_early" },
	references = { "RFC 7296 2.6" },
	when = function(t, c)
		local p = t.probe
		if t.works or #(t.attempts or {}) == 0 then return nil end
		return {
			confidence = "likely", culprit = "none", frames = p.frames,
			args = { stranger = address(t, t.attempts[1].initiator), count = count(p.count), frames = frames(p.frames) },
		}
	end,
	tests = {
		{ name = "one bare message", tunnel = { probe = { why = "few_and_bare", count = 1, frames = { 7 } }, attempts = { { initiator = "b" } } }, expect = { confidence = "likely", severity = "info" } },
		{ name = "a tunnel that works is no scanner",
		  tunnel = { probe = { why = "few_and_bare", count = 1, frames = { 7 } }, attempts = { { initiator = "b" } }, works = { since = 1, last = 9 } }, expect = "nothing" },
	},
}
