-- With a block cipher the length behind SPI and number is IV, whole blocks and the integrity value: modulo 16 the latter is left over.
-- 12 left over: 96 bits, as old Linux and Android cut SHA-256. 0: 128 or 256 bits.
local PACKETS, LENGTHS, SURE = 20, 4, 6

local function left_over(f)
	return #(f.residues or {}) == 1 and f.residues[1] or nil
end

return rule {
	id = "data.esp.icv_mismatch", step = "data", severity = "high", scope = "tunnel",
	trigger = { "flows" },
	title = _"The two sides truncate the integrity value differently",
	say = {
		likely = _"{short} cuts the integrity value of its ESP packets to 96 bits and {long} does not ({frames}): lengths of one direction fit only the one, lengths of the other only the other. Neither accepts what the other sends. Old Linux and Android do so with SHA-256.",
		possible = _"{short} seems to cut the integrity value of its ESP packets to 96 bits while {long} does not ({frames}): the lengths fit. Few different lengths are in the file, and other ciphers can give the same by chance; the counters of both sides decide.",
	},
	sure = { likely = "the remainder is constant over many lengths in both directions, and differs" },
	why = _"96 bits one way, more the other way",
	advise = {
		now = { _"Use another integrity algorithm (SHA-1, SHA-512) or AES-GCM on both sides, or update the side that cuts to 96 bits." },
		verify = { _"Send pings in both directions: the counters of decrypted packets of both gateways must rise, those of failed ones must not." },
		admin = { _"Libreswan: sha2-truncbug=yes; strongSwan: sha256_96 = yes; Linux: /proc/net/xfrm_stat, XfrmInStateProtoError" },
	},
	explains = { "data.esp.one_way" },
	references = { "RFC 4868 2.3" },
	when = function(t, c)
		for i, f in ipairs(t.flows) do
			for k, g in ipairs(t.flows) do
				if f.from ~= g.from and f.protocol == "ESP" and g.protocol == "ESP" and left_over(f) == 12 and left_over(g) == 0 and f.packets >= PACKETS and g.packets >= PACKETS
				   and f.lengths >= LENGTHS and g.lengths >= LENGTHS and f.first < g.last and g.first < f.last then
					local seen = { f.first_frame, g.first_frame }
					return {
						confidence = f.lengths >= SURE and g.lengths >= SURE and "likely" or "possible", culprit = "both", frames = seen, at = f.last, filter = "esp",
						args = { short = address(t, f.from), long = address(t, g.from), frames = frames(seen) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "twelve octets one way, none the other way",
		  tunnel = { flows = { { from = "a", protocol = "ESP", packets = 40, residues = { 12 }, lengths = 8, first = 1, last = 9, first_frame = 7 }, { from = "b", protocol = "ESP", packets = 40, residues = { 0 }, lengths = 7, first = 1, last = 9, first_frame = 8 } } },
		  expect = { confidence = "likely", culprit = "both", severity = "high" } },
		{ name = "few lengths", tunnel = { flows = { { from = "a", protocol = "ESP", packets = 40, residues = { 12 }, lengths = 4, first = 1, last = 9, first_frame = 7 }, { from = "b", protocol = "ESP", packets = 40, residues = { 0 }, lengths = 4, first = 1, last = 9, first_frame = 8 } } },
		  expect = { confidence = "possible" } },
		{ name = "the same both ways", tunnel = { flows = { { from = "a", protocol = "ESP", packets = 40, residues = { 12 }, lengths = 8, first = 1, last = 9, first_frame = 7 }, { from = "b", protocol = "ESP", packets = 40, residues = { 12 }, lengths = 7, first = 1, last = 9, first_frame = 8 } } },
		  expect = "nothing" },
		{ name = "a counter mode: any multiple of four", tunnel = { flows = { { from = "a", protocol = "ESP", packets = 40, residues = { 0, 4, 12 }, lengths = 8, first = 1, last = 9, first_frame = 7 }, { from = "b", protocol = "ESP", packets = 40, residues = { 0 }, lengths = 7, first = 1, last = 9, first_frame = 8 } } },
		  expect = "nothing" },
		{ name = "one after the other: two SAs", tunnel = { flows = { { from = "a", protocol = "ESP", packets = 40, residues = { 12 }, lengths = 8, first = 1, last = 9, first_frame = 7 }, { from = "b", protocol = "ESP", packets = 40, residues = { 0 }, lengths = 7, first = 20, last = 29, first_frame = 80 } } },
		  expect = "nothing" },
	},
}
