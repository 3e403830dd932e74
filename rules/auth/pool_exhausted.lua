-- RFC 7296 3.15.4. The notify is encrypted: without keys child.missing is all that can be said, and it names the pool.
return rule {
	id = "auth.pool_exhausted", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "refused" },
	title = _"No address left in the pool",
	say = { confirmed = _"{responder} has no address left for {initiator}: it answers {message} with INTERNAL_ADDRESS_FAILURE ({frames})." },
	sure = { confirmed = "the notify is here in clear text" },
	why = _"INTERNAL_ADDRESS_FAILURE from {responder}",
	advise = {
		now = { _"Enlarge the address pool of {responder}, or release leases that nobody uses." },
		verify = { _"Log in again, with data through the tunnel. This filter must show frames of both {initiator} and {responder}: esp" },
		admin = { _"strongSwan: swanctl --list-pools --leases (no virtual IP found)", _"ASA: show ip local pool, show vpn-sessiondb; Windows: the static pool or DHCP of RRAS" },
	},
	explains = { "child.missing", "data.esp.none", "life.half_open", "child.ts_unacceptable" },
	references = { "RFC 7296 3.10.1", "RFC 7296 3.15.4" },
	when = function(t, c)
		for _, r in ipairs(t.refused) do
			if r.version == 2 and r.name == "INTERNAL_ADDRESS_FAILURE" then
				return {
					confidence = "confirmed", culprit = r.from == t.vantage.side and "local" or "peer", frames = r.frames, at = r.last, severity = t.works and t.works.since > r.last and "medium" or nil,
					args = { responder = address(t, r.from), initiator = address(t, r.to), message = message(r.exchange), frames = frames(r.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "the notify, readable", tunnel = { refused = { { version = 2, name = "INTERNAL_ADDRESS_FAILURE", exchange = "IKE_AUTH", attempt = 1, from = "b", to = "a", last = 1, frames = { 6 } } } }, expect = { confidence = "confirmed", culprit = "peer" } },
		{ name = "networks refused is another matter", tunnel = { refused = { { version = 2, name = "TS_UNACCEPTABLE", exchange = "IKE_AUTH", attempt = 1, from = "b", to = "a", last = 1, frames = { 6 } } } }, expect = "nothing" },
	},
}
