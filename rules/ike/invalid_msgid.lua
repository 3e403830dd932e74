-- RFC 7296 2.3: numbers rise one by one. A number far ahead, or INVALID_MESSAGE_ID, means that the two sides do not count alike.
local FAR = 32 -- no window in use is larger

return rule {
	id = "ike.invalid_msgid", step = "lifecycle", severity = "high", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Message numbers have drifted apart",
	say = {
		confirmed = _"{from} refuses a message number of {to} (INVALID_MESSAGE_ID, {frames}): the two do not count alike any more.",
		likely = _"The message numbers of {from} jump from {before} to {number} ({frames}), and {to} does not answer any more: the two do not count alike. A failover to a device with an older state does that.",
	},
	sure = {
		confirmed = "the notify is here in clear text",
		likely = "no window in use is that large, and the other end stops answering there",
	},
	why = _"message number {number} after {before}",
	advise = {
		now = { _"End the IKE SA on both sides and let it be built anew.", _"Look for a failover or restart in the cluster of {from} and of {to} at that second." },
		verify = { _"Build the tunnel anew. Each request must get an answer with the same message ID, marked as response; this filter must show such answers: isakmp.exchangetype==37 && isakmp.flag_r==1" },
		admin = { _"strongSwan: swanctl --terminate --ike; ASA: show failover, clear crypto ikev2 sa", _"Clusters: message id synchronisation (RFC 6311) on both nodes" },
	},
	explains = { "life.dpd.dead", "life.message_window_stuck" },
	references = { "RFC 7296 2.3", "RFC 6311" },
	when = function(t, c)
		for _, r in ipairs(t.refused or {}) do
			if r.version == 2 and r.name == "INVALID_MESSAGE_ID" then
				return {
					confidence = "confirmed", culprit = "both", frames = r.frames, at = r.last, severity = t.works and t.works.since > r.last and "low" or nil,
					args = { from = address(t, r.from), to = address(t, r.to), before = 0, number = 0, frames = frames(r.frames) },
				}
			end
		end
		for _, a in ipairs(t.attempts) do
			local highest = {}
			for _, x in ipairs(a.exchanges) do
				local h = highest[x.from]
				if a.version == 2 and x.sends > 0 and h and x.message_id > h.message_id + FAR and not x.answered and x.quiet and x.icmp == 0 and x.sends >= 2 then
					local seen = { h.frames[1], x.frames[1] }
					return {
						confidence = "likely", culprit = x.from == t.vantage.side and "local" or "peer", frames = seen, at = x.last, severity = t.works and t.works.since > x.last and "low" or nil,
						args = { from = address(t, x.from), to = address(t, x.to), before = h.message_id, number = x.message_id, frames = frames(seen) },
					}
				end
				if a.version == 2 and x.sends > 0 and #x.frames > 0 and (not h or x.message_id > h.message_id) then highest[x.from] = x end
			end
		end
	end,
	tests = {
		{ name = "the notify, readable", tunnel = { attempts = {}, refused = { { version = 2, name = "INVALID_MESSAGE_ID", attempt = 1, from = "b", to = "a", last = 9, frames = { 40 } } } }, expect = { confidence = "confirmed" } },
		{ name = "a jump that nobody answers",
		  tunnel = { attempts = { { version = 2, exchanges = { { from = "a", to = "b", message_id = 4, sends = 1, answered = true, last = 9, frames = { 20 } },
		                                                       { from = "a", to = "b", message_id = 900, sends = 5, answered = false, quiet = true, icmp = 0, last = 60, frames = { 30, 31 } } } } } },
		  expect = { confidence = "likely", culprit = "local", text_has = "900" } },
		{ name = "a jump that is answered: the recording has a hole",
		  tunnel = { attempts = { { version = 2, exchanges = { { from = "a", to = "b", message_id = 4, sends = 1, answered = true, last = 9, frames = { 20 } },
		                                                       { from = "a", to = "b", message_id = 900, sends = 1, answered = true, quiet = true, icmp = 0, last = 60, frames = { 30 } } } } } },
		  expect = "nothing" },
		{ name = "the next number", tunnel = { attempts = { { version = 2, exchanges = { { from = "a", to = "b", message_id = 4, sends = 1, answered = true, last = 9, frames = { 20 } },
		                                                       { from = "a", to = "b", message_id = 5, sends = 5, answered = false, quiet = true, icmp = 0, last = 60, frames = { 30, 31 } } } } } },
		  expect = "nothing" },
	},
}
