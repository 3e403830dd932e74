-- A.6: no key exchange takes place in IKE_AUTH, so a PFS mismatch shows at the first rekey: 10 octets of INVALID_KE_PAYLOAD, or two requests
-- whose sizes are as far apart as the keys of two groups.
local DIFFER = _"the rekey requests of the two sides differ in size by just as much as the keys of two DH groups do, so that each side sends a key of another PFS group"
local BY_SIZE = _"the error has the size of INVALID_KE_PAYLOAD, which asks for another PFS group"
local KEY_SIZES = { 32, 64, 96, 128, 132, 192, 256, 384, 512 }

local function is_key_difference(d)
	for _, x in ipairs(KEY_SIZES) do
		for _, y in ipairs(KEY_SIZES) do
			if x > y and x - y == d then return true end
		end
	end
	return false
end

return rule {
	id = "child.pfs_mismatch", step = "lifecycle", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Works until the first rekey: the PFS groups differ",
	say = {
		likely = _"{a} and {b} disagree about the PFS group, the DH group of the child SA: the tunnel comes up, since the first child SA needs no key of its own, and every rekey of it is refused with a bare error ({frames}); {proof}. The DH group of the IKE SA is another setting, and that one is agreed. The tunnel ends with its lifetime.",
	},
	sure = { likely = "the first child SA came up, and two requests or errors have just the sizes of two groups" },
	why = _"rekey refused, PFS groups differ",
	advise = {
		now = { _"Set the same PFS group (the DH group of the ESP or phase 2 proposal, not that of IKE) on both sides, or none on both." },
		verify = { _"Rekey once. After it, new SPIs must show in frames of both {a} and {b} with this filter: esp" },
		peer = _"Please compare the PFS (DH) group of the ESP proposal with ours: {a} and {b} differ, so that every rekey is refused and the tunnel ends with its lifetime.",
		admin = { _"ASA, IOS: set pfs in the crypto map; strongSwan: esp_proposals = ...-modp2048 or -ecp256; Libreswan: pfs=, esp=" },
	},
	explains = { "life.rekey.failed", "life.flap.periodic", "data.esp.one_way", "life.dpd.dead", "life.half_open", "data.esp.none" },
	references = { "RFC 7296 1.3", "RFC 7296 2.8" },
	when = function(t, c)
		for _, a in ipairs(t.attempts) do
			local refused, good, seen, last = {}, false, {}, 0
			local wrong_group = 0
			for _, x in ipairs(a.exchanges) do
				if x.type == "CREATE_CHILD_SA" and x.answered then
					local y = x.answer
					if y.first_inner == 33 then
						good = true
					elseif y.first_inner == 41 and y.plain_max and y.plain_max < 28 then
						if x.sends > 0 then refused[#refused + 1] = x end
						if y.plain_min == 10 then wrong_group = wrong_group + 1 end
						last = math.max(last, y.last)
						append(seen, y.frames)
					end
				end
			end
			local differ
			for _, x in ipairs(refused) do
				for _, y in ipairs(refused) do
					if x.from == "a" and y.from == "b" and x.bytes ~= y.bytes and is_key_difference(math.abs(x.bytes - y.bytes)) then differ = true end
				end
			end
			if not good and (wrong_group >= 2 or differ) then
				return {
					confidence = "likely", culprit = "both", frames = seen, at = last, filter = "isakmp.exchangetype==36",
					args = { a = address(t, "a"), b = address(t, "b"), frames = frames(seen),
					         proof = differ and DIFFER or BY_SIZE },
				}
			end
		end
	end,
	tests = {
		{ name = "both ask, with keys of another size",
		  tunnel = { attempts = { { exchanges = {
		    { type = "CREATE_CHILD_SA", from = "a", sends = 1, bytes = 288, answered = true, answer = { first_inner = 41, plain_min = 0, plain_max = 15, last = 20, frames = { 20 } } },
		    { type = "CREATE_CHILD_SA", from = "b", sends = 1, bytes = 480, answered = true, answer = { first_inner = 41, plain_min = 0, plain_max = 15, last = 21, frames = { 22 } } } } } } },
		  expect = { confidence = "likely", culprit = "both" } },
		{ name = "INVALID_KE_PAYLOAD twice, by its exact size",
		  tunnel = { attempts = { { exchanges = {
		    { type = "CREATE_CHILD_SA", from = "a", sends = 1, bytes = 288, answered = true, answer = { first_inner = 41, plain_min = 10, plain_max = 10, last = 20, frames = { 20 } } },
		    { type = "CREATE_CHILD_SA", from = "a", sends = 1, bytes = 288, answered = true, answer = { first_inner = 41, plain_min = 10, plain_max = 10, last = 40, frames = { 30 } } } } } } },
		  expect = { confidence = "likely" } },
		{ name = "a collision: refused once, then good",
		  tunnel = { attempts = { { exchanges = {
		    { type = "CREATE_CHILD_SA", from = "a", sends = 1, bytes = 288, answered = true, answer = { first_inner = 41, plain_min = 0, plain_max = 15, last = 20, frames = { 20 } } },
		    { type = "CREATE_CHILD_SA", from = "b", sends = 1, bytes = 480, answered = true, answer = { first_inner = 33, plain_min = 100, plain_max = 115, last = 21, frames = { 22 } } } } } } },
		  expect = "nothing" },
	},
}
