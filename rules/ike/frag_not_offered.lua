return rule {
	id = "ike.frag.not_offered", step = "negotiation", severity = "medium", scope = "tunnel",
	trigger = { "attempts" },
	title = _"A large IKE message had to use IP fragments because IKE fragmentation was not negotiated",
	say = { confirmed = _"{message} of {sender} travels in IP fragments ({frames}), because {missing} does not offer IKE fragmentation." },
	sure = { confirmed = "both first messages and the IP fragments are here" },
	why = _"{missing} offers no IKE fragmentation",
	advise = {
		now = { _"Switch on IKE fragmentation at {missing}." },
		verify = { _"Connect again. This filter must show a frame of each side: isakmp.notify.msgtype==16430" },
		admin = { _"strongSwan: fragmentation = yes; Libreswan: fragmentation=yes; IOS: crypto ikev2 fragmentation; Windows: EnableServerFragmentation" },
	},
	references = { "RFC 7383 2.3" },
	when = function(t, c)
		for i, a in ipairs(t.attempts) do
			local silent = a.from_start and a.suite and a.fragmentation and (not a.fragmentation[a.responder] and a.responder or not a.fragmentation[a.initiator] and a.initiator)
			for k, x in ipairs(a.exchanges) do
				local request = x.sends > 0 and x.pieces and (x.pieces > 1 or x.complete == false) and not x.ike_pieces
				local answer = x.answer and x.answer.pieces > 1
				if silent and x.type ~= "IKE_SA_INIT" and (request or answer) then
					local h = request and x or x.answer
					return {
						confidence = "confirmed", culprit = silent == t.vantage.side and "local" or "peer", frames = h.frames, at = h.last, severity = t.works and t.works.since >= h.first and "low" or nil,
						args = { message = message(x.type), sender = address(t, request and x.from or x.to), missing = address(t, silent), frames = frames(h.frames) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "the responder does not offer it",
		  tunnel = { attempts = { { from_start = true, suite = {}, initiator = "a", responder = "b", fragmentation = { a = true, b = false }, exchanges = { { type = "IKE_AUTH", from = "a", to = "b", sends = 1, pieces = 2, complete = true, first = 1, last = 1, frames = { 5, 6 } } } } } },
		  expect = { confidence = "confirmed", culprit = "peer", severity = "medium" } },
		{ name = "both offer it",
		  tunnel = { attempts = { { from_start = true, suite = {}, initiator = "a", responder = "b", fragmentation = { a = true, b = true }, exchanges = { { type = "IKE_AUTH", from = "a", to = "b", sends = 1, pieces = 2, complete = true, first = 1, last = 1, frames = { 5, 6 } } } } } },
		  expect = "nothing" },
		{ name = "the message is small",
		  tunnel = { attempts = { { from_start = true, suite = {}, initiator = "a", responder = "b", fragmentation = { a = true, b = false }, exchanges = { { type = "IKE_AUTH", from = "a", to = "b", sends = 1, pieces = 1, complete = true, first = 1, last = 1, frames = { 5 } } } } } },
		  expect = "nothing" },
	},
}
