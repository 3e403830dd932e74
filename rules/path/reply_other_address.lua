-- RFC 7296 2.11: an answer goes back to where the request came from, with the addresses swapped.
return rule {
	id = "path.reply.other_address", step = "reachability", severity = "high", scope = "tunnel",
	trigger = { "elsewhere" },
	title = _"The answer comes from, or goes to, another address",
	say = {
		confirmed = _"{asker} asks {asked}, and the answer with the same SPI has {other} in the place of {instead} ({frames}): it does not belong to that request any more, and {asker} drops it.",
	},
	sure = { confirmed = "question and answer with one SPI are here, and their addresses" },
	why = _"answer with {other} instead of {instead}",
	advise = {
		now = { _"Let {asked} answer from the address that it was asked at: source address of the VPN service, policy routing, the virtual address of a cluster." },
		verify = { _"Connect again. {asker} must ask and be answered by the same address. This filter must show no frame: isakmp && ip.addr=={other}" },
		admin = { _"strongSwan: local_addrs; Libreswan: left=; ASA: identity NAT on the crypto interface; HSRP, VRRP: bind the crypto map to the virtual address" },
	},
	explains = { "path.udp500.no_reply", "path.udp500.blocked_return", "peer.silent", "life.half_open", "cap.ends_early" },
	references = { "RFC 7296 2.11", "RFC 7296 2.23" },
	when = function(t, c)
		local row, seen = t.elsewhere[1], {}
		for i, a in ipairs(t.attempts or {}) do
			if a.redirect then return nil end -- sent on to another gateway on purpose
		end
		for i, r in ipairs(t.elsewhere) do
			append(seen, r.frames)
		end
		return {
			confidence = "confirmed", culprit = row.instead_of == row.asker and "nat" or row.instead_of == t.vantage.side and "local" or "peer", frames = seen, at = row.at, filter = "isakmp",
			severity = t.works and t.works.since > row.at and "medium" or nil,
			args = { asker = address(t, row.asker), asked = address(t, other(row.asker)), other = row.other, instead = address(t, row.instead_of), frames = frames(seen) },
		}
	end,
	tests = {
		{ name = "the peer answers from its second address",
		  tunnel = { attempts = { {} }, elsewhere = { { other = "203.0.113.11", instead_of = "b", asker = "a", at = 0.1, frames = { 1, 2 } } } },
		  expect = { confidence = "confirmed", culprit = "peer", text_has = "203.0.113.11" } },
		{ name = "the tunnel came up later",
		  tunnel = { attempts = { {} }, works = { since = 9, last = 20 }, elsewhere = { { other = "203.0.113.11", instead_of = "b", asker = "a", at = 0.1, frames = { 1, 2 } } } },
		  expect = { severity = "medium" } },
		{ name = "sent on to another gateway",
		  tunnel = { attempts = { { redirect = { to = "203.0.113.11" } } }, elsewhere = { { other = "203.0.113.11", instead_of = "b", asker = "a", at = 0.1, frames = { 1, 2 } } } }, expect = "nothing" },
	},
}
