-- Both ends: the same packet with other bytes, or a checksum that broke on the way.
local MANY, WHOLE = 10, 0.9

local function data(w)
	local n = 0
	for i, name in ipairs { "esp", "esp_udp", "ah" } do
		n = n + (w.classes[name] and w.classes[name].arrived or 0)
	end
	return n
end

return rule {
	id = "path.corruption", step = "reachability", severity = "high", scope = "ends",
	trigger = { "ways" },
	title = _"Packets arrive damaged or altered",
	say = {
		confirmed = _"The path from {sender} to {receiver} alters packets: {n} arrive with other bytes than they left with, or with a checksum that no longer fits ({frames}).",
	},
	why = _"{n} packets from {sender} altered",
	advise = {
		now = { _"Look for a device on the way that rewrites packets (an \"IPsec helper\", an inspection engine), and for faulty hardware." },
		verify = { _"The same packets are equal at both ends." },
		isp = _"Please check the error counters of the path from {sender} to {receiver}, and every device that inspects UDP 500 or 4500: packets arrive altered, {n} of them differ from what left; we recorded at both ends.",
		admin = { _"Switch off IPsec pass-through and inspection of IKE on routers between", _"Checksum offload of a recording host spoils checksums of what it sends, not of what arrives" },
	},
	explains = { "ike.invalid_syntax", "ike1.payload_malformed" },
	references = { "RFC 768", "RFC 3948 2.1" },
	when = function(e, near, far)
		local same = 0
		for i, side in ipairs { "a", "b" } do
			local w = e.ways[side]
			-- every single one: the card encrypts, and its host's recorder has what was handed to it
			local card = w.payload and w.payload.count >= MANY and w.payload.count >= WHOLE * data(w)
			local worst = not card and w.payload or (w.sums and w.sums.count >= 3 and w.sums) or nil
			if worst then
				return { confidence = "confirmed", culprit = "path", frames = worst.frames, severity = worst.count < 3 and "medium" or nil,
				         args = { sender = address(e, side), receiver = address(e, other(side)), n = count(worst.count), frames = frames(worst.frames) } }
			end
			if not card and not w.sums and data(w) >= MANY then same = same + 1 end
		end
		if same == 2 then return { refuted = true } end -- whatever checksums a host shows that leaves them to its card
	end,
	tests = {
		{ name = "five with other bytes", ends = { ways = { a = { payload = { count = 5, frames = { { 1, 7 } } } }, b = {} } }, expect = { confidence = "confirmed", severity = "high" } },
		{ name = "all of them: a card encrypts", ends = { ways = { a = { payload = { count = 40, frames = { { 1, 7 } } }, classes = { esp = { arrived = 40 } } }, b = { classes = {} } } }, expect = "nothing" },
		{ name = "the same octets in both recordings", ends = { ways = { a = { classes = { esp_udp = { arrived = 40 } } }, b = { classes = { esp_udp = { arrived = 30 } } } } }, expect = "refuted" },
		{ name = "nothing of the kind", ends = { ways = { a = { classes = {} }, b = { classes = {} } } }, expect = "nothing" },
	},
}
