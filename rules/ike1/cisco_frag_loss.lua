-- Payload 132: fragments above IP, so a hole means loss or a path smaller than the piece.
return rule {
	id = "ike1.cisco_frag_loss", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Some IKEv1 fragments never arrive",
	say = {
		confirmed = _"{message} of {sender} never arrives whole: {pieces} of its IKE fragments are here, over {rounds} rounds ({frames}), and never the whole set. The path loses the others, mostly because they are larger than it carries.",
	},
	sure = { confirmed = "the pieces tell their numbers, and other pieces of the same round are here" },
	why = _"{pieces} IKE fragments of {message}",
	advise = {
		now = { _"Lower the MTU of the outside interface of {sender}, so that the fragments become smaller.", _"Test the path with pings that may not be fragmented, of growing size." },
		verify = { _"Connect again. Record at {receiver}: all pieces of {message}, the last one with its flag, must show with this filter: isakmp.typepayload==132 && ip.src=={sender}" },
		isp = _"Please check the MTU from {sender} to {receiver}, and let ICMP type 3 code 4 pass: each {message} travels in several UDP packets, only {pieces} arrive, the largest of them {size} long, and no such ICMP comes back.",
		admin = { _"ASA: crypto isakmp fragmentation; strongSwan: charon.fragment_size" },
	},
	explains = { "ike.auth.no_reply", "life.half_open", "path.udp4500.blocked", "path.pmtu.blackhole", "path.pmtu.v6", "ike1.quick.no_reply" },
	references = { "draft-smyslov-ipsecme-ikev2-fragmentation 2" },
	when = function(t, c)
		for _, a in ipairs(t.attempts) do
			for _, x in ipairs(a.exchanges) do
				for _, half in ipairs { "request", "answer" } do
					local h = half == "request" and (x.sends > 0 and x or nil) or half == "answer" and x.answer or nil
					local sender = half == "request" and x.from or x.to
					if a.version == 1 and h and h.ike_pieces and h.complete == false and h.sends >= 2 and sender ~= t.vantage.side
					   and not (t.works and t.works.since > h.last) then
						return {
							confidence = "confirmed", culprit = "path", frames = h.frames, at = h.last, filter = "isakmp.typepayload==132",
							args = { message = message(x.type), sender = address(t, sender), receiver = address(t, other(sender)),
							         pieces = (h.ike_total or 0) > 0 and count(h.ike_pieces, h.ike_total) or count(h.ike_pieces), rounds = count(h.sends), size = bytes(h.ip_bytes), frames = frames(h.frames) },
						}
					end
				end
			end
		end
	end,
	tests = {
		{ name = "the last piece only",
		  tunnel = { attempts = { { version = 1, exchanges = { { type = "MAIN_5", from = "b", to = "a", sends = 5, complete = false, ike_pieces = 1, ike_total = 2, ip_bytes = 400, last = 60, frames = { 3, 4 } } } } } },
		  expect = { confidence = "confirmed", culprit = "path" } },
		{ name = "whole", tunnel = { attempts = { { version = 1, exchanges = { { type = "MAIN_5", from = "b", to = "a", sends = 1, complete = true, ike_pieces = 2, ike_total = 2, ip_bytes = 400, last = 60, frames = { 3, 4 } } } } } },
		  expect = "nothing" },
		{ name = "our own fragments", tunnel = { attempts = { { version = 1, exchanges = { { type = "MAIN_5", from = "a", to = "b", sends = 5, complete = false, ike_pieces = 1, ike_total = 2, ip_bytes = 400, last = 60, frames = { 3, 4 } } } } } },
		  expect = "nothing" },
	},
}
