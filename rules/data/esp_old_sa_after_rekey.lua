-- Only where one old flow and one new one can be told apart: with several networks there are several of each.
local GRACE_S, BEFORE_S, NEW_S = 10, 30, 60

local function only(flows, fits)
	local found
	for i, f in ipairs(flows) do
		if fits(f) then
			if found then return nil end
			found = f
		end
	end
	return found
end

return rule {
	id = "data.esp.old_sa_after_rekey", step = "data", severity = "medium", scope = "tunnel",
	trigger = { "flows", "rekeys" },
	title = _"Traffic stays on the old SA after a rekey",
	say = {
		confirmed = _"{sender} goes on with the old SA for {late} after the rekey at {at} ({spi}, {frames}), although it was deleted meanwhile: {receiver} drops these packets.",
		likely = _"{sender} goes on with the old SA for {late} after the rekey at {at} ({spi}, {frames}), while the new one is in use. As soon as {receiver} deletes the old SA these packets are lost.",
	},
	sure = {
		confirmed = "packets on the old SPI and the Delete before them are here",
		likely = "one old flow and one new one, both in use",
	},
	why = _"old SA in use {late} after the rekey",
	advise = {
		now = { _"Restart the tunnel at {sender}: both sides then start with the same SAs.", _"Update {sender}; look for a route or policy there that is bound to the old SA." },
		verify = { _"Rekey once. Seconds afterwards {sender} must use the new SPI only. After the rekey this filter must show no frame: esp.spi=={spi}" },
		admin = { _"Linux: ip -s xfrm state; ASA: show crypto ipsec sa; Libreswan: ipsec trafficstatus" },
	},
	references = { "RFC 7296 2.8" },
	when = function(t, c)
		for i, r in ipairs(t.rekeys) do
			for k, side in ipairs { "a", "b" } do
				local old = only(t.flows, function(f) return f.from == side and f.first < r.at - 1 and f.last > r.at - BEFORE_S end)
				local new = only(t.flows, function(f) return f.from == side and f.first >= r.at - 1 and f.first < r.last + NEW_S end)
					or only(t.flows, function(f) return f.from ~= side and f.first >= r.at - 1 and f.first < r.last + NEW_S end)
				if r.done and r.kind == "child" and old and new and old.last > r.last + GRACE_S and new.first < old.last then
					local deleted
					for m, d in ipairs(t.deletes or {}) do
						deleted = deleted or d.what ~= "ike" and d.at >= r.at and d.at < old.last - GRACE_S
					end
					local seen = { r.frames[1], old.last_frame }
					return {
						confidence = deleted and "confirmed" or "likely", culprit = side == t.vantage.side and "local" or "peer", frames = seen, at = old.last, filter = "esp.spi==" .. old.spi,
						severity = deleted and "high" or nil,
						args = { sender = address(t, side), receiver = address(t, other(side)), spi = old.spi, at = time(r.at), late = duration(old.last - r.last), frames = frames(seen) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "twenty seconds on the old one",
		  tunnel = { rekeys = { { at = 30, last = 30.1, kind = "child", done = true, frames = { 50 } } },
		             flows = { { from = "b", spi = "0x00000001", first = 1, last = 50.1, last_frame = 90 }, { from = "b", spi = "0x00000002", first = 30.2, last = 60 } } },
		  expect = { confidence = "likely", severity = "medium", culprit = "peer" } },
		{ name = "and it was deleted",
		  tunnel = { rekeys = { { at = 30, last = 30.1, kind = "child", done = true, frames = { 50 } } }, deletes = { { at = 31, what = "child" } },
		             flows = { { from = "b", spi = "0x00000001", first = 1, last = 50.1, last_frame = 90 }, { from = "a", spi = "0x00000002", first = 30.2, last = 60 } } }, expect = { confidence = "confirmed", severity = "high" } },
		{ name = "four seconds are grace",
		  tunnel = { rekeys = { { at = 30, last = 30.1, kind = "child", done = true, frames = { 50 } } },
		             flows = { { from = "b", spi = "0x00000001", first = 1, last = 34, last_frame = 90 }, { from = "b", spi = "0x00000002", first = 30.2, last = 60 } } }, expect = "nothing" },
		{ name = "two networks: the other flow was not renewed",
		  tunnel = { rekeys = { { at = 30, last = 30.1, kind = "child", done = true, frames = { 50 } } },
		             flows = { { from = "b", spi = "0x00000001", first = 1, last = 50.1, last_frame = 90 }, { from = "b", spi = "0x00000003", first = 1, last = 31, last_frame = 90 }, { from = "b", spi = "0x00000002", first = 30.2, last = 60 } } },
		  expect = "nothing" },
		{ name = "the rekey failed",
		  tunnel = { rekeys = { { at = 30, last = 30.1, kind = "child", done = false, frames = { 50 } } },
		             flows = { { from = "b", spi = "0x00000001", first = 1, last = 50.1, last_frame = 90 }, { from = "b", spi = "0x00000002", first = 30.2, last = 60 } } }, expect = "nothing" },
	},
}
