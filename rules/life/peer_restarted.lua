-- Two of: the peer says that it does not know an SA that worked; it stops answering on that SA; its host refuses for a while; it starts anew itself.
local UNKNOWN_SA = { INVALID_IKE_SPI = true, INVALID_SPI = true, ["INVALID-COOKIE"] = true, ["INVALID-SPI"] = true }

return rule {
	id = "life.peer_restarted", step = "lifecycle", severity = "high", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The peer restarted or lost its state",
	say = {
		confirmed = _"{peer} restarted or lost its state: it says that it no longer knows the tunnel that worked before ({said}, {count} seen: {frames}), and builds it anew.",
		likely = _"{peer} restarted or lost its state: it says that it no longer knows the tunnel that worked before ({said}, {count} seen: {frames}), and answers nothing else in it.",
		possible = _"{peer} restarted or lost its state: it stops answering in the tunnel that worked before ({frames}), and a new one is built with it at once. A short outage of the path looks the same; the log of {peer} decides.",
	},
	sure = { likely = "the peer says so again, or falls silent" },
	why = _"{peer} no longer knows the tunnel",
	advise = {
		now = { _"Look for a restart, a failover or a cleared SA at {peer} at that time.", _"Clear the old SA on the other side, so that the tunnel is built anew." },
		verify = { _"A new IKE_SA_INIT or Main Mode is answered, and data flows both ways." },
		peer = _"Please look for a restart, a failover or a cleared SA at {peer} at that time, and switch on dead peer detection.",
		admin = { _"Switch on dead peer detection on both sides; IOS: crypto isakmp invalid-spi-recovery", _"ASA: clear crypto ikev2 sa, clear crypto isakmp sa for the peer; strongSwan: swanctl --terminate" },
	},
	explains = { "ike.invalid_ike_spi", "data.esp.invalid_spi", "data.esp.unknown_spi", "ike1.invalid_cookie", "life.dpd.dead", "path.icmp.port_unreachable",
	             "path.icmp.protocol_unreachable", "data.esp.one_way", "life.half_open" },
	references = { "RFC 7296 2.4", "RFC 7296 1.5", "RFC 6290" },
	when = function(t, c)
		if not t.both_ways then return nil end
		for _, r in ipairs(t.refused or {}) do
			local a = t.attempts[r.attempt]
			local worked = a and (a.established or not a.from_start)
			if UNKNOWN_SA[r.name] and worked and (r.count >= 2 or t.silence) then
				local anew = false
				for _, b in ipairs(t.attempts) do
					if b.from_start and b.first > r.first and (b.initiator == r.from or b.established) then anew = true end
				end
				return {
					confidence = anew and "confirmed" or "likely", culprit = r.from == t.vantage.side and "local" or "peer", frames = r.frames, at = r.last,
					severity = t.works and t.works.since > r.last and "medium" or nil,
					args = { peer = address(t, r.from), said = r.name, count = count(r.count), frames = frames(r.frames) },
				}
			end
		end
		-- without a word: silent in an SA that worked, and alive in a new one
		for i, a in ipairs(t.attempts) do
			for _, x in ipairs(a.exchanges) do
				if (x.type == "INFORMATIONAL" or x.type == "CREATE_CHILD_SA") and x.sends >= 3 and not x.answered and waited(x) and (a.established or not a.from_start)
				   and not x.partial_answer then
					for _, b in ipairs(t.attempts) do
						local answered = b.stage ~= "asked"
						if b.from_start and b.first > x.first and (answered or b.initiator == x.to) and b.first - x.last < 60 then
							return {
								confidence = "possible", culprit = x.to == t.vantage.side and "local" or "peer", frames = x.frames, at = x.last,
								severity = t.works and t.works.since > x.last and "medium" or nil,
								args = { peer = address(t, x.to), said = "", count = count(0), frames = frames(x.frames) },
							}
						end
					end
				end
			end
		end
	end,
	tests = {
		{ name = "INVALID_IKE_SPI for an SA that worked",
		  tunnel = { attempts = { { from_start = true, established = "inferred", first = 0, exchanges = {} } },
		             refused = { { name = "INVALID_IKE_SPI", attempt = 1, from = "b", to = "a", count = 5, first = 20, last = 60, frames = { 30, 32 } } } },
		  expect = { confidence = "likely", culprit = "peer", severity = "high" } },
		{ name = "and a new tunnel is built",
		  tunnel = { attempts = { { from_start = true, established = "inferred", first = 0, exchanges = {} }, { from_start = true, established = "inferred", initiator = "b", first = 70, exchanges = {} } },
		             refused = { { name = "INVALID_IKE_SPI", attempt = 1, from = "b", to = "a", count = 5, first = 20, last = 60, frames = { 30, 32 } } } },
		  expect = { confidence = "confirmed" } },
		{ name = "silent in the old SA, answering in a new one",
		  tunnel = { attempts = { { from_start = true, established = "inferred", first = 0, exchanges = {
		               { type = "INFORMATIONAL", from = "a", to = "b", sends = 6, answered = false, quiet = true, first = 30, last = 119, frames = { 40 } } } },
		               { from_start = true, stage = "established", initiator = "a", first = 120, exchanges = {} } } },
		  expect = { confidence = "possible" } },
		{ name = "three times and given up: the recording goes on long enough",
		  tunnel = { attempts = { { from_start = true, established = "inferred", first = 0, exchanges = {
		               { type = "INFORMATIONAL", from = "a", to = "b", sends = 3, answered = false, quiet = true, first = 30, last = 119, frames = { 40 } } } },
		               { from_start = true, stage = "established", initiator = "a", first = 120, exchanges = {} } } },
		  expect = { confidence = "possible" } },
		{ name = "the recording has a hole where its answer may have been",
		  tunnel = { attempts = { { from_start = true, established = "inferred", first = 0, exchanges = {
		               { type = "INFORMATIONAL", from = "a", to = "b", sends = 6, answered = false, quiet = false, hole = true, first = 30, last = 119, frames = { 40 } } } },
		               { from_start = true, stage = "established", initiator = "a", first = 120, exchanges = {} } } },
		  expect = "nothing" },
		{ name = "one such notify out of the blue can be forged",
		  tunnel = { attempts = { { from_start = true, established = "inferred", first = 0, exchanges = {} } },
		             refused = { { name = "INVALID_IKE_SPI", attempt = 1, from = "b", to = "a", count = 1, first = 20, last = 20, frames = { 30 } } } },
		  expect = "nothing" },
		{ name = "the SA never worked",
		  tunnel = { attempts = { { from_start = true, first = 0, exchanges = {} } },
		             refused = { { name = "INVALID_IKE_SPI", attempt = 1, from = "b", to = "a", count = 5, first = 20, last = 60, frames = { 30, 32 } } } },
		  expect = "nothing" },
	},
}
