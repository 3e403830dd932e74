-- RFC 7383 2.5.1. Some try the whole message first and split only when it comes again: then the resends are split, and all is well.
return rule {
	id = "ike.frag.unused", step = "negotiation", severity = "medium", scope = "tunnel",
	trigger = { "attempts" },
	title = _"IKE fragmentation was agreed but IP fragments are used all the same",
	say = { confirmed = _"{sender} and {receiver} agree on IKE fragmentation, yet {message} of {sender} travels in IP fragments ({frames}, {size}): many paths drop those." },
	sure = { confirmed = "both offers of fragmentation and the IP fragments are here" },
	why = _"{message} in IP fragments",
	advise = {
		now = { _"Lower the fragment size of {sender}, so that each IKE fragment fits into one packet (1280 bytes or less)." },
		verify = { _"Connect again. This filter must show no frame: ip.src=={sender} && (ip.flags.mf==1 || ip.frag_offset>0)" },
		admin = { _"strongSwan: fragmentation = force, charon.fragment_size = 1280", _"Libreswan: fragmentation=force; IOS: crypto ikev2 fragmentation mtu 1280" },
	},
	references = { "RFC 7383 2.4", "RFC 7383 2.5.1", "RFC 7383 2.5.2" },
	when = function(t, c)
		local splits = {}
		for _, a in ipairs(t.attempts) do -- whoever was seen to split does so; a whole first try is its way of asking
			for _, x in ipairs(a.exchanges) do
				if x.ike_pieces then splits[x.from] = true end
				if x.answer and x.answer.ike_pieces then splits[x.to] = true end
			end
		end
		for _, a in ipairs(t.attempts) do
			for _, x in ipairs(a.exchanges) do
				for _, half in ipairs { "request", "answer" } do
					local h = half == "request" and (x.sends > 0 and x or nil) or half == "answer" and x.answer or nil
					local sender = half == "request" and x.from or x.to
					local split = h and h.ike_pieces and h.ike_pieces > 0
					if h and a.fragmentation and a.fragmentation.a and a.fragmentation.b and x.type ~= "IKE_SA_INIT" and x.type ~= "MAIN_1" and x.type ~= "MAIN_3"
					   and x.type ~= "AGGRESSIVE_1" and (h.pieces or 0) > 1 and (split or (not splits[sender] and h.sends >= 2)) then
						return {
							confidence = "confirmed", culprit = sender == t.vantage.side and "local" or "peer", frames = h.frames, at = h.last,
							severity = t.works and t.works.since >= h.last and "low" or nil,
							args = { message = message(x.type), sender = address(t, sender), receiver = address(t, other(sender)), size = bytes(h.ip_bytes), frames = frames(h.frames) },
						}
					end
				end
			end
		end
	end,
	tests = {
		{ name = "IKE fragments that IP has to split again",
		  tunnel = { attempts = { { fragmentation = { a = true, b = true }, exchanges = { { type = "IKE_AUTH", from = "a", to = "b", sends = 1, pieces = 2, ike_pieces = 2, ip_bytes = 1560, last = 1, frames = { 5, 6 } } } } } },
		  expect = { confidence = "confirmed", culprit = "local", severity = "medium" } },
		{ name = "whole, again and again",
		  tunnel = { attempts = { { fragmentation = { a = true, b = true }, exchanges = { { type = "IKE_AUTH", from = "b", to = "a", sends = 3, pieces = 2, ip_bytes = 1900, last = 9, frames = { 5, 6 } } } } } },
		  expect = { culprit = "peer" } },
		{ name = "a first try in one piece, then split",
		  tunnel = { attempts = { { fragmentation = { a = true, b = true }, exchanges = { { type = "IKE_AUTH", from = "a", to = "b", sends = 1, pieces = 2, ip_bytes = 1900, last = 1, frames = { 5, 6 } } } } } },
		  expect = "nothing" },
		{ name = "one side does not offer it: ike.frag.not_offered",
		  tunnel = { attempts = { { fragmentation = { a = true, b = false }, exchanges = { { type = "IKE_AUTH", from = "a", to = "b", sends = 3, pieces = 2, ip_bytes = 1900, last = 1, frames = { 5, 6 } } } } } },
		  expect = "nothing" },
		{ name = "IKE fragments in one packet each",
		  tunnel = { attempts = { { fragmentation = { a = true, b = true }, exchanges = { { type = "IKE_AUTH", from = "a", to = "b", sends = 1, pieces = 1, ike_pieces = 2, ip_bytes = 1248, last = 1, frames = { 5, 6 } } } } } },
		  expect = "nothing" },
	},
}
