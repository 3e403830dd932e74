return rule {
	id = "nat.detected", step = "reachability", severity = "info", scope = "tunnel",
	trigger = { "nat" },
	title = _"There is a NAT device between the two",
	say = {
		confirmed = _"A NAT stands in front of {behind}: {proof} ({frames}).",
		likely = _"A NAT stands in front of {behind}, or {behind} forces UDP encapsulation by claiming one ({frames}).",
	},
	sure = {
		confirmed = "the other end hashed another address than it was sent from",
		likely = "both causes are named",
	},
	why = _"NAT in front of {behind}",
	advise = { admin = { _"Nothing to repair. UDP 4500 must be open, and the side behind the NAT must send keepalives." } },
	references = { "RFC 7296 2.23", "RFC 3947 3.2" },
	when = function(t, c)
		local SEEN, OWN = _"the other end saw it under another address or port", _"it hashes its own address, which is %s"
		local n = t.nat
		if not n.behind or c.asa_pseudo then return nil end
		if n.proof == "source" and n.behind == n.forced then return nil end
		if n.forced and not n.certain then return nil end -- whose side feigns a NAT meets others that do: natt.forced
		return {
			confidence = n.certain and "confirmed" or "likely", culprit = "none", frames = n.frames,
			args = { behind = address(t, n.behind), frames = frames(n.frames), proof = n.inside and string.format(OWN, n.inside) or SEEN },
		}
	end,
	tests = {
		{ name = "the answer names another destination", tunnel = { nat = { proof = "destination", certain = true, behind = "a", frames = { 2 } } },
		  expect = { confidence = "confirmed", culprit = "none" } },
		{ name = "only the source differs", tunnel = { nat = { proof = "source", behind = "b", frames = { 1 } } }, expect = { confidence = "likely" } },
		{ name = "the own side forces encapsulation, the other may as well", tunnel = { nat = { proof = "source", behind = "b", forced = "a", frames = { 1 } } }, expect = "nothing" },
		{ name = "every hash fits", tunnel = { nat = { proof = "none" } }, expect = "nothing" },
	},
}
