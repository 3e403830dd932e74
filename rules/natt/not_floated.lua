return rule {
	id = "natt.not_floated", step = "negotiation", severity = "high", scope = "tunnel",
	trigger = { "nat" },
	title = _"NAT was detected but they stayed on native ESP",
	say = {
		confirmed = _"A NAT stands in front of {behind} and both sides look for one, yet {mover} stays on UDP 500 with {message} ({frames}) instead of moving to UDP 4500.",
		likely = _"A NAT stands in front of {behind}, yet data travels as IP protocol 50 ({frames}) and not in UDP 4500: the NAT cannot translate it. {n} packets go one way, none comes back.",
	},
	sure = {
		confirmed = "hashes and the message on UDP 500 are here",
		likely = "a certain NAT, ESP without UDP, and one direction only",
	},
	why = _"native ESP through a NAT",
	advise = {
		now = { _"Switch on NAT traversal on both sides, so that ESP travels in UDP 4500; switch off IPsec pass-through at the NAT." },
		verify = { _"Connect again. This filter must show no frame: ip.proto==50" },
		admin = { _"strongSwan: encap = yes; Libreswan: encapsulation=yes; ASA: crypto isakmp nat-traversal 20" },
	},
	explains = { "data.esp.one_way", "path.esp.blocked" },
	references = { "RFC 3947 4", "RFC 7296 2.23", "RFC 3715 2.1" },
	when = function(t, c)
		local n = t.nat
		if not n.behind or not n.certain then return nil end
		for _, a in ipairs(t.attempts or {}) do
			for _, x in ipairs(a.exchanges) do
				if (x.type == "IKE_AUTH" or x.type == "MAIN_5") and x.sends > 0 and x.dport == 500 and x.sport == 500 and a.from_start and a.suite and a.nat_t and a.nat_t.a and a.nat_t.b
				   and not a.established and not t.works and not c.asa_pseudo then
					return { confidence = "confirmed", culprit = x.from == t.vantage.side and "local" or "peer", frames = x.frames, at = x.last,
					         args = { behind = address(t, n.behind), mover = address(t, x.from), message = message(x.type), n = count(0), frames = frames(x.frames) } }
				end
			end
		end
		local out, seen = { a = 0, b = 0 }, {}
		for i, f in ipairs(t.flows or {}) do
			if f.encapsulation ~= "IP" then return nil end
			out[f.from] = out[f.from] + f.packets
			seen[#seen + 1] = f.first_frame
		end
		if out.a + out.b < 5 or (out.a > 0 and out.b > 0) then return nil end
		return { confidence = "likely", culprit = "both", frames = seen, args = { behind = address(t, n.behind), mover = "", message = "", n = count(out.a + out.b), frames = frames(seen) } }
	end,
	tests = {
		{ name = "native ESP, one way", tunnel = { nat = { behind = "a", proof = "destination", certain = true, frames = { 4 } }, flows = { { from = "a", encapsulation = "IP", packets = 9, first_frame = 12 } } }, expect = { confidence = "likely" } },
		{ name = "IKE stays on 500",
		  tunnel = { nat = { behind = "a", proof = "destination", certain = true, frames = { 2 } }, attempts = { { from_start = true, suite = {}, nat_t = { a = true, b = true },
		    exchanges = { { type = "IKE_AUTH", from = "a", to = "b", sends = 3, sport = 500, dport = 500, last = 9, frames = { 3, 4 } } } } } },
		  expect = { confidence = "confirmed", culprit = "local" } },
		{ name = "IKE moves to 4500",
		  tunnel = { nat = { behind = "a", proof = "destination", certain = true, frames = { 2 } }, attempts = { { from_start = true, suite = {}, nat_t = { a = true, b = true },
		    exchanges = { { type = "IKE_AUTH", from = "a", to = "b", sends = 3, sport = 4500, dport = 4500, last = 9, frames = { 3, 4 } } } } } },
		  expect = "nothing" },
		{ name = "in UDP", tunnel = { nat = { behind = "a", proof = "destination", certain = true, frames = { 4 } }, flows = { { from = "a", encapsulation = "UDP", packets = 9, first_frame = 12 } } }, expect = "nothing" },
		{ name = "both ways: the NAT passes it", tunnel = { nat = { behind = "a", proof = "destination", certain = true, frames = { 4 } },
		  flows = { { from = "a", encapsulation = "IP", packets = 9, first_frame = 12 }, { from = "b", encapsulation = "IP", packets = 9, first_frame = 13 } } }, expect = "nothing" },
	},
}
