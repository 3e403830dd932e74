return rule {
	id = "natt.forced", step = "negotiation", severity = "info", scope = "tunnel",
	trigger = { "nat" },
	title = _"One side claims a NAT that is not there, to get UDP encapsulation",
	say = {
		confirmed = _"{side} claims a NAT that is not there ({frames}), so that ESP travels in UDP 4500. That is a setting, not a fault.",
	},
	sure = { confirmed = "the hash does not fit an address that nothing translates" },
	why = _"{side} asks for UDP encapsulation",
	advise = { admin = { _"strongSwan: encap = yes; Libreswan: encapsulation=yes. Switch it off only if IP protocol 50 passes." } },
	references = { "RFC 7296 2.23" },
	when = function(t, c)
		local n = t.nat
		if not n.forced or n.certain or n.forced ~= t.vantage.side or c.asa_pseudo then return nil end
		for _, a in ipairs(t.attempts or {}) do
			for _, x in ipairs(a.exchanges) do
				if a.from_start and x.from == n.forced and x.sends > 0 or a.from_start and x.to == n.forced and x.answered then
					local seen = x.from == n.forced and x.frames or x.answer.frames
					return { confidence = "confirmed", culprit = "none", frames = seen, args = { side = address(t, n.forced), frames = frames(seen) } }
				end
			end
		end
	end,
	tests = {
		{ name = "our own source hash does not fit",
		  tunnel = { nat = { proof = "none", forced = "a" }, attempts = { { from_start = true, exchanges = { { type = "IKE_SA_INIT", from = "a", to = "b", sends = 1, frames = { 1 } } } } } },
		  expect = { confidence = "confirmed", severity = "info" } },
		{ name = "a real NAT is proven",
		  tunnel = { nat = { proof = "destination", certain = true, behind = "a", forced = "a" }, attempts = { { from_start = true, exchanges = { { type = "IKE_SA_INIT", from = "a", to = "b", sends = 1, frames = { 1 } } } } } },
		  expect = "nothing" },
		{ name = "all hashes fit", tunnel = { nat = { proof = "none" } }, expect = "nothing" },
	},
}
