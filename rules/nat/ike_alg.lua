-- A router that keeps port 500 and guesses where ESP belongs: works for one client, and not for the second.
return rule {
	id = "nat.ike_alg", step = "reachability", severity = "medium", scope = "tunnel",
	trigger = { "nat", "flows" },
	title = _"A router \"helps\" with IPsec pass-through",
	say = {
		possible = _"A NAT stands in front of {hidden}, yet its IKE still comes from port 500 and its data as bare ESP ({frames}): the router in front of it seems to help with \"IPsec pass-through\". That carries one client at a time. A one-to-one translation looks the same and is harmless; the settings of that router decide.",
	},
	why = _"bare ESP and port 500 through a NAT",
	advise = {
		now = { _"Switch off IPsec pass-through (IKE ALG) at the router in front of {hidden}, and insist on NAT traversal on both sides." },
		verify = { _"Connect again, with data through the tunnel. This filter must show frames of both sides: udp.port==4500 && esp" },
		admin = { _"strongSwan: encap = yes; Libreswan: encapsulation=yes; ASA: crypto isakmp nat-traversal 20" },
	},
	references = { "RFC 3715 2.1", "RFC 3715 2.3", "RFC 3947 4" },
	when = function(t, c)
		local n, seen = t.nat, {}
		if not n.behind or not n.certain or n.behind == t.vantage.side then return nil end
		for i, f in ipairs(t.flows) do
			if f.encapsulation ~= "IP" then return nil end
			if f.from == n.behind then seen[#seen + 1] = f.first_frame end
		end
		for i, a in ipairs(t.attempts or {}) do
			if a.floated then return nil end
			for k, x in ipairs(a.exchanges) do
				if x.from == n.behind and x.sends > 0 and x.sport ~= 500 then return nil end
			end
		end
		if #seen == 0 then return nil end
		return { confidence = "possible", culprit = "nat", frames = seen, severity = t.works and "low" or nil, args = { hidden = address(t, n.behind), frames = frames(seen) } }
	end,
	tests = {
		{ name = "port 500 and bare ESP through a NAT",
		  tunnel = { nat = { behind = "b", proof = "destination", certain = true, frames = { 2 } }, attempts = { { exchanges = { { from = "b", sends = 1, sport = 500 } } } }, flows = { { from = "b", encapsulation = "IP", first_frame = 9 } } },
		  expect = { confidence = "possible", culprit = "nat", severity = "medium" } },
		{ name = "moved to 4500", tunnel = { nat = { behind = "b", proof = "destination", certain = true, frames = { 2 } }, attempts = { { floated = true, exchanges = {} } }, flows = { { from = "b", encapsulation = "IP", first_frame = 9 } } }, expect = "nothing" },
		{ name = "the port is translated", tunnel = { nat = { behind = "b", proof = "destination", certain = true, frames = { 2 } }, attempts = { { exchanges = { { from = "b", sends = 1, sport = 61000 } } } }, flows = { { from = "b", encapsulation = "IP", first_frame = 9 } } }, expect = "nothing" },
		{ name = "recorded behind the NAT", tunnel = { nat = { behind = "a", proof = "destination", certain = true, frames = { 2 } }, attempts = { { exchanges = { { from = "a", sends = 1, sport = 500 } } } }, flows = { { from = "a", encapsulation = "IP", first_frame = 9 } } }, expect = "nothing" },
	},
}
