-- SPIs of IKEv2 are encrypted: what is learned is that a flow is older than any SA this file can know of, and goes on beside the new one.
local GRACE_S, LONG_S = 5, 10

-- One end builds the tunnel anew by itself and uses nothing of the old one; the other goes on with the old SA alone.
local function left_behind(t)
	for i, a in ipairs(t.attempts or {}) do
		local up = a.established_at
		for k, f in ipairs(t.flows) do
			if i > 1 and a.from_start and up and f.from == a.responder and f.first < a.first and f.last > up + LONG_S then
				local apart = true
				for m, g in ipairs(t.flows) do
					if g.from == f.from and g.first >= a.first or g.from ~= f.from and g.first < a.first and g.last > up then apart = false end
				end
				for m, d in ipairs(t.deletes or {}) do
					if d.at > f.first and d.at < up + GRACE_S then apart = false end
				end
				for m, b in ipairs(t.attempts) do
					if b.deleted and b.deleted.at > f.first or m > i then apart = false end
				end
				if apart then return f, up end
			end
		end
	end
end

return rule {
	id = "data.esp.unknown_spi", step = "data", severity = "medium", scope = "tunnel",
	trigger = { "flows", "established" },
	title = _"ESP comes with an SPI nobody negotiated here",
	say = {
		possible = _"{sender} goes on sending on an SPI of an SA that is gone ({spi}, {frames}): {receiver} built the tunnel anew at {since}, and {late} after that {sender} still uses the old SA only. A device that keeps both looks the same; the list of SAs of {receiver} decides.",
		likely = _"{sender} goes on sending on an SPI of an SA that is gone ({spi}, {frames}): the tunnel was built anew at {since}, and {late} after that packets of the old SA still come, although {sender} has a new one. {receiver} drops them.",
	},
	sure = { likely = "the other end says that it lost its state or falls silent, and the sender has a newer SA beside it" },
	why = _"old SPI {spi} still in use",
	advise = {
		now = { _"Clear the old SAs at {sender}.", _"Switch on dead peer detection at {sender}, so that it notices a restart of {receiver}." },
		verify = { _"Renew the tunnel. This filter must show no frame: esp.spi=={spi}" },
		admin = { _"ASA: clear crypto ipsec sa peer; strongSwan: swanctl --terminate; IOS: crypto isakmp invalid-spi-recovery" },
	},
	references = { "RFC 4301 4.1", "RFC 4303 3.4.2" },
	when = function(t, c)
		local old, since = left_behind(t)
		if old and t.both_ways then
			local seen = { old.first_frame, old.last_frame }
			return {
				confidence = "possible", culprit = old.from == t.vantage.side and "local" or "peer", frames = seen, at = old.last, filter = "esp.spi==" .. old.spi,
				args = { sender = address(t, old.from), receiver = address(t, other(old.from)), spi = old.spi, since = time(since), late = duration(old.last - since), frames = frames(seen) },
			}
		end
		local first = t.attempts and t.attempts[1]
		if not first or not first.from_start or not t.silence and not t.refused then return nil end -- only where an end lost its state
		local up = t.established.last
		for i, f in ipairs(t.flows) do
			if f.first < first.first and f.last > up + GRACE_S then
				for k, g in ipairs(t.flows) do
					if g.from == f.from and g.first >= up - 1 and g.first < f.last then
						local seen = { f.last_frame, g.first_frame }
						return {
							confidence = "likely", culprit = f.from == t.vantage.side and "local" or "peer", frames = seen, at = f.last, filter = "esp.spi==" .. f.spi,
							args = { sender = address(t, f.from), receiver = address(t, other(f.from)), spi = f.spi, since = time(up), late = duration(f.last - up), frames = frames(seen) },
						}
					end
				end
			end
		end
	end,
	tests = {
		{ name = "after a restart the old SA goes on",
		  tunnel = { attempts = { { from_start = true, first = 20 } }, refused = { { name = "INVALID_SPI" } }, established = { count = 1, first = 21, last = 21 },
		             flows = { { from = "b", spi = "0x00000001", first = 1, last = 60, first_frame = 1, last_frame = 90 }, { from = "b", spi = "0x00000002", first = 22, last = 60, first_frame = 40, last_frame = 91 } } },
		  expect = { confidence = "likely", culprit = "peer" } },
		{ name = "one end builds anew, the other keeps the old SA",
		  tunnel = { attempts = { { from_start = true, first = 1, initiator = "a", responder = "b", established_at = 2 }, { from_start = true, first = 30, initiator = "b", responder = "a", established_at = 31 } }, established = { count = 2, first = 2, last = 31 },
		             flows = { { from = "a", spi = "0x00000001", first = 3, last = 60, first_frame = 5, last_frame = 90 }, { from = "b", spi = "0x00000002", first = 3, last = 28, first_frame = 6, last_frame = 40 } } },
		  expect = { confidence = "possible", culprit = "local" } },
		{ name = "one end builds anew, and the other uses what is new",
		  tunnel = { attempts = { { from_start = true, first = 1, initiator = "a", responder = "b", established_at = 2 }, { from_start = true, first = 30, initiator = "b", responder = "a", established_at = 31 } }, established = { count = 2, first = 2, last = 31 },
		             flows = { { from = "a", spi = "0x00000001", first = 3, last = 60, first_frame = 5, last_frame = 90 }, { from = "a", spi = "0x00000003", first = 32, last = 60, first_frame = 50, last_frame = 91 } } }, expect = "nothing" },
		{ name = "three seconds are grace",
		  tunnel = { attempts = { { from_start = true, first = 20 } }, refused = { { name = "INVALID_SPI" } }, established = { count = 1, first = 21, last = 21 },
		             flows = { { from = "b", spi = "0x00000001", first = 1, last = 24, first_frame = 1, last_frame = 90 }, { from = "b", spi = "0x00000002", first = 22, last = 60, first_frame = 40, last_frame = 91 } } }, expect = "nothing" },
		{ name = "the recording begins in mid-session, and nobody lost anything",
		  tunnel = { attempts = { { from_start = true, first = 20 } }, established = { count = 1, first = 21, last = 21 },
		             flows = { { from = "b", spi = "0x00000001", first = 1, last = 60, first_frame = 1, last_frame = 90 }, { from = "b", spi = "0x00000002", first = 22, last = 60, first_frame = 40, last_frame = 91 } } }, expect = "nothing" },
	},
}
