-- RFC 7296 2.25: right after a collision it is normal. Without keys only CHILD_SA_NOT_FOUND has a length of its own: 12 octets.
local IN_A_ROW = 3

return rule {
	id = "child.temporary_failure", step = "lifecycle", severity = "low", scope = "tunnel",
	trigger = { "attempts" },
	title = _"\"Try again later\"",
	say = {
		confirmed = _"{from} puts {to} off with {name}, {n} times ({frames}): a rekey was under way there. Once or twice is normal.",
		likely = _"{from} answers rekey requests of {to} with an error of the size of CHILD_SA_NOT_FOUND, {n} times ({frames}): the two hold different child SAs.",
	},
	sure = {
		confirmed = "the notify is here in clear text",
		likely = "no other error has that length (RFC 7296 3.10.1)",
	},
	why = _"rekey put off {n} times",
	advise = {
		now = { _"If it does not end: clear the tunnel on both sides, and let one side only rekey." },
		verify = { _"Rekey once. After it, new SPIs must show in frames of both {from} and {to} with this filter: esp" },
		admin = { _"strongSwan: different rekey_time on both sides, rand_time; Libreswan: rekeymargin, rekeyfuzz" },
	},
	references = { "RFC 7296 2.25" },
	when = function(t, c)
		for _, r in ipairs(t.refused or {}) do
			if r.version == 2 and (r.name == "TEMPORARY_FAILURE" or r.name == "CHILD_SA_NOT_FOUND") then
				return {
					confidence = "confirmed", culprit = "none", frames = r.frames, at = r.last, severity = r.count >= IN_A_ROW and "medium" or nil,
					args = { from = address(t, r.from), to = address(t, r.to), name = r.name, n = count(r.count), frames = frames(r.frames) },
				}
			end
		end
		for _, a in ipairs(t.attempts) do
			local seen, example, last = {}, nil, 0
			for _, x in ipairs(a.exchanges) do
				local y = x.type == "CREATE_CHILD_SA" and x.answered and x.sends > 0 and x.answer
				if y and y.first_inner == 41 and y.plain_min == 12 and y.plain_max == 12 then
					example, last = x, y.last
					append(seen, y.frames)
				end
			end
			if example then
				return {
					confidence = "likely", culprit = "none", frames = seen, at = last, severity = #seen >= IN_A_ROW and "medium" or nil,
					args = { from = address(t, example.to), to = address(t, example.from), name = "CHILD_SA_NOT_FOUND", n = count(#seen), frames = frames(seen) },
				}
			end
		end
	end,
	tests = {
		{ name = "readable, once", tunnel = { attempts = {}, refused = { { version = 2, name = "TEMPORARY_FAILURE", exchange = "CREATE_CHILD_SA", attempt = 1, from = "b", to = "a", count = 1, last = 1, frames = { 6 } } } }, expect = { confidence = "confirmed", severity = "low" } },
		{ name = "three in a row", tunnel = { attempts = {}, refused = { { version = 2, name = "TEMPORARY_FAILURE", exchange = "CREATE_CHILD_SA", attempt = 1, from = "b", to = "a", count = 3, last = 1, frames = { 6 } } } }, expect = { severity = "medium" } },
		{ name = "by its exact size", tunnel = { attempts = { { exchanges = { { type = "CREATE_CHILD_SA", from = "a", to = "b", sends = 1, answered = true, answer = { first_inner = 41, plain_min = 12, plain_max = 12, last = 20, frames = { 20 } } } } } } }, expect = { confidence = "likely" } },
		{ name = "padding hides the size", tunnel = { attempts = { { exchanges = { { type = "CREATE_CHILD_SA", from = "a", to = "b", sends = 1, answered = true, answer = { first_inner = 41, plain_min = 0, plain_max = 15, last = 20, frames = { 20 } } } } } } }, expect = "nothing" },
	},
}
