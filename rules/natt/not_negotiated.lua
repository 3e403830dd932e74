return rule {
	id = "natt.not_negotiated", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "nat" },
	title = _"NAT is there but NAT-T was not offered",
	say = { likely = _"A NAT stands in front of {behind}, and {missing} does not offer NAT traversal ({frames}): ESP cannot move into UDP 4500 and does not pass the NAT." },
	sure = { likely = "a certain NAT, both first messages are here, and the tunnel never works" },
	why = _"{missing} offers no NAT-T",
	advise = {
		now = { _"Switch on NAT traversal at {missing}, and permit UDP 4500." },
		verify = { _"Connect again. This filter must show frames of both sides: udp.port==4500" },
		admin = { _"ASA: crypto isakmp nat-traversal 20; IOS: crypto ipsec nat-transparency udp-encapsulation; Libreswan: nat-ikev1-method" },
	},
	explains = { "life.half_open", "data.esp.one_way", "path.esp.blocked" },
	references = { "RFC 3947 3.1", "RFC 7296 2.23" },
	when = function(t, c)
		local n = t.nat
		if not n.behind or not n.certain or t.works or c.asa_pseudo then return nil end
		for i, a in ipairs(t.attempts or {}) do
			local missing = a.from_start and a.suite and (not a.nat_t.a and "a" or not a.nat_t.b and "b")
			if missing then
				return { confidence = "likely", culprit = "both", frames = n.frames, args = { behind = address(t, n.behind), missing = address(t, missing), frames = frames(n.frames) } }
			end
		end
	end,
	tests = {
		{ name = "the responder does not offer it",
		  tunnel = { nat = { behind = "a", proof = "destination", certain = true, frames = { 4 } }, attempts = { { from_start = true, suite = {}, nat_t = { a = true, b = false } } } }, expect = { confidence = "likely", severity = "critical" } },
		{ name = "both do", tunnel = { nat = { behind = "a", proof = "destination", certain = true, frames = { 4 } }, attempts = { { from_start = true, suite = {}, nat_t = { a = true, b = true } } } }, expect = "nothing" },
	},
}
