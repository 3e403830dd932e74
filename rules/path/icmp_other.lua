return rule {
	id = "path.icmp.other", step = "reachability", severity = "low", scope = "tunnel",
	trigger = { "icmp" },
	title = _"Other ICMP errors about the tunnel",
	say = { confirmed = _"{source} sends ICMP type {type} code {code} about packets of this tunnel ({name}, {count} seen: {frames})." },
	sure = { confirmed = "the error is here and quotes a packet of this tunnel" },
	why = _"ICMP {type}/{code} from {source}",
	advise = { admin = { _"A redirect names another first hop: two routers in one network, often with two firewalls. A parameter problem names a header that {source} does not take." } },
	references = { "RFC 792", "RFC 6633", "RFC 4443 3.4" },
	when = function(t, c)
		local names = { redirect = true, source_quench = true, parameter_problem = true, other = true, unreachable = true, precedence_violation = true, precedence_cutoff = true }
		for i, g in ipairs(t.icmp) do
			if names[g.name] and g.matched then
				return {
					confidence = "confirmed", culprit = g.from_local and "local" or "path", frames = g.frames, at = g.last,
					args = { source = g.source, type = g.type, code = g.code, name = g.name, count = count(g.count), frames = frames(g.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "a redirect", tunnel = { icmp = { { name = "redirect", type = 5, code = 1, matched = true, source = "198.51.100.1", count = 2, last = 3, frames = { 9 } } } }, expect = { confidence = "confirmed", severity = "low" } },
		{ name = "a port refused is another matter", tunnel = { icmp = { { name = "port_unreachable", type = 3, code = 3, matched = true, source = "198.51.100.1", count = 2, last = 3, frames = { 9 } } } }, expect = "nothing" },
	},
}
