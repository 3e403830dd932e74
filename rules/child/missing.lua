-- A.5: the answer to IKE_AUTH holds identity and proof, and no room for SA and selectors. Which error it holds stays encrypted.
-- The smallest message that holds so much plaintext under the same suite (A.2).
local function message_of(auth, plain)
	local block = auth.plain_max - auth.plain_min + 1
	return auth.bytes - (auth.plain_max + 1) + block * math.ceil((plain + 1) / block)
end

return rule {
	id = "child.missing", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Logged in, but no tunnel for data",
	say = {
		likely = _"{responder} accepts the login of {initiator} and refuses the tunnel for data: its answer to IKE_AUTH measures {size} ({frames}), with room for identity and proof and none for a child SA ({least} or more). The two sides disagree about networks (TS_UNACCEPTABLE: traffic selectors) or ESP algorithms (NO_PROPOSAL_CHOSEN), or no address is left in the pool (INTERNAL_ADDRESS_FAILURE); the error itself is encrypted.",
	},
	sure = { likely = "nothing of a child SA follows, and all causes are named" },
	why = _"login accepted, child SA refused",
	advise = {
		now = { _"Get the log line of {responder} of that second first: only it names the error, which is encrypted here.",
		        _"Compare the networks of both sides, mask by mask; each side must list them mirrored.",
		        _"Compare the ESP (phase 2) algorithms of both sides, and look whether the address pool of {responder} is used up." },
		verify = { _"Connect again. The answer of {responder} must measure {least} or more; this filter must show it: isakmp.exchangetype==35 && isakmp.flag_r==1 && isakmp.length>={least_bytes}" },
		peer = _"Please compare with us the networks (traffic selectors) mask by mask and the ESP (phase 2) algorithms, and look at the address pool of {responder}: it accepts the login of {initiator} and refuses the tunnel for data. Its log line of the time below names the reason; please send it.",
		admin = { _"strongSwan: swanctl --list-conns, swanctl --list-pools, swanctl --log (traffic selectors ... unacceptable, no acceptable proposal found, no virtual IP found)",
		          _"ASA: show running-config crypto map, show crypto ipsec sa; Libreswan: ipsec status" },
	},
	explains = { "data.esp.none", "data.esp.one_way", "life.half_open", "life.delete_storm" },
	references = { "RFC 7296 1.2", "RFC 7296 2.21.2" },
	when = function(t, c)
		local seen, found, last = {}, nil, 0
		for i, a in ipairs(t.attempts) do
			local auth = a.auth
			if a.version == 2 and auth and auth.class == "no_child" then
				local up
				for _, x in ipairs(a.exchanges) do
					if x.type == "CREATE_CHILD_SA" and x.answered and x.answer.first_inner == 33 then up = true end
					-- the initiator refuses the proof instead: auth.initiator_refused
					if x.type == "INFORMATIONAL" and x.from == a.initiator and x.sends > 0 and x.first_inner == 41 and x.plain_max and x.plain_max < 28
					   and x.first >= auth.at and x.first - auth.at < 2 then up = true end
				end
				local till = t.attempts[i + 1] and t.attempts[i + 1].first or auth.at + 60
				for _, f in ipairs(t.flows or {}) do
					if f.first >= auth.at and f.first < math.min(till, auth.at + 60) then up = true end
				end
				if not up then
					found, last = a, math.max(last, auth.at)
					append(seen, auth.frames)
				end
			end
		end
		if not found then return nil end
		local auth = found.auth
		local least = message_of(auth, auth.success_min)
		return {
			confidence = "likely", culprit = "both", frames = seen, at = last, filter = "isakmp.exchangetype==35 && isakmp.flag_r==1",
			severity = t.works and t.works.since >= last and "medium" or nil,
			args = { initiator = address(t, found.initiator), responder = address(t, found.responder), frames = frames(seen), size = bytes(auth.bytes),
			         least = bytes(least), least_bytes = least },
		}
	end,
	tests = {
		{ name = "an answer without room for a child",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", exchanges = {},
		                            auth = { class = "no_child", bytes = 128, plain_min = 48, plain_max = 63, success_min = 132, at = 1, frames = { 4 } } } } },
		  expect = { confidence = "likely", culprit = "both" } },
		{ name = "childless by design: the child follows",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b",
		                            exchanges = { { type = "CREATE_CHILD_SA", from = "a", sends = 1, first = 1.2, answered = true, answer = { first_inner = 33 } } },
		                            auth = { class = "no_child", bytes = 128, plain_min = 48, plain_max = 63, success_min = 132, at = 1, frames = { 4 } } } } },
		  expect = "nothing" },
		{ name = "ESP flows",
		  tunnel = { flows = { { first = 1.5, packets = 10 } },
		             attempts = { { version = 2, initiator = "a", responder = "b", exchanges = {},
		                            auth = { class = "no_child", bytes = 128, plain_min = 48, plain_max = 63, success_min = 132, at = 1, frames = { 4 } } } } },
		  expect = "nothing" },
		{ name = "a full answer",
		  tunnel = { attempts = { { version = 2, initiator = "a", responder = "b", exchanges = {},
		                            auth = { class = "success", bytes = 224, plain_min = 144, plain_max = 159, success_min = 132, at = 1, frames = { 4 } } } } },
		  expect = "nothing" },
	},
}
