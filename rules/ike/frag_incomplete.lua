-- RFC 7383: each fragment is a packet of its own. The set 1..total is never whole here, over several rounds.
return rule {
	id = "ike.frag.incomplete", step = "negotiation", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Some IKE fragments never arrive",
	say = {
		confirmed = _"{message} of {sender} never arrives whole: {pieces} of its IKE fragments are here, over {rounds} rounds ({frames}). The path loses the others, mostly because they are larger than it carries.",
	},
	sure = { confirmed = "the pieces tell their total, and other pieces of the same round are here" },
	why = _"{pieces} IKE fragments of {message}",
	advise = {
		now = { _"Lower the fragment size of {sender}, so that each fragment fits into 1280 bytes or less.", _"Test the path with pings that may not be fragmented, of growing size." },
		verify = { _"Connect again. Record at {receiver}: of {message} every fragment number from 1 to the total must show with this filter: isakmp.frag.number && ip.src=={sender}" },
		isp = _"Please check the MTU from {sender} to {receiver}, and let ICMP type 3 code 4 pass: each {message} travels in several UDP packets, only {pieces} arrive, the largest of them {size} long, and no such ICMP comes back.",
		admin = { _"strongSwan: charon.fragment_size; Libreswan: fragmentation, mtu; IOS: crypto ikev2 fragmentation mtu" },
	},
	explains = { "ike.auth.no_reply", "life.half_open", "path.udp4500.blocked", "path.pmtu.blackhole", "path.pmtu.v6" },
	references = { "RFC 7383 2.5", "RFC 7383 2.6" },
	when = function(t, c)
		for _, a in ipairs(t.attempts) do
			for _, x in ipairs(a.exchanges) do
				for _, half in ipairs { "request", "answer" } do
					local h = half == "request" and (x.sends > 0 and x or nil) or half == "answer" and x.answer or nil
					local sender = half == "request" and x.from or x.to
					if a.version == 2 and h and h.ike_total and h.ike_total > 0 and h.complete == false and h.ike_pieces < h.ike_total and h.sends >= 2
					   and sender ~= t.vantage.side and not (t.works and t.works.since > h.last) then
						return {
							confidence = "confirmed", culprit = "path", frames = h.frames, at = h.last, filter = "isakmp.typepayload==53",
							args = { message = message(x.type), sender = address(t, sender), receiver = address(t, other(sender)), pieces = count(h.ike_pieces, h.ike_total),
							         rounds = count(h.sends), size = bytes(h.ip_bytes), frames = frames(h.frames) },
						}
					end
				end
			end
		end
	end,
	tests = {
		{ name = "one of three, five times",
		  tunnel = { attempts = { { version = 2, exchanges = { { type = "IKE_AUTH", from = "b", to = "a", sends = 5, complete = false, ike_pieces = 1, ike_total = 3, ip_bytes = 400, last = 60, frames = { 3, 4 } } } } } },
		  expect = { confidence = "confirmed", culprit = "path", text_has = "1 of 3" } },
		{ name = "all of them",
		  tunnel = { attempts = { { version = 2, exchanges = { { type = "IKE_AUTH", from = "b", to = "a", sends = 1, complete = true, ike_pieces = 3, ike_total = 3, ip_bytes = 400, last = 60, frames = { 3, 4 } } } } } },
		  expect = "nothing" },
		{ name = "our own fragments: the recorder lost one",
		  tunnel = { attempts = { { version = 2, exchanges = { { type = "IKE_AUTH", from = "a", to = "b", sends = 5, complete = false, ike_pieces = 1, ike_total = 3, ip_bytes = 400, last = 60, frames = { 3, 4 } } } } } },
		  expect = "nothing" },
		{ name = "once only: the next round may be whole",
		  tunnel = { attempts = { { version = 2, exchanges = { { type = "IKE_AUTH", from = "b", to = "a", sends = 1, complete = false, ike_pieces = 1, ike_total = 3, ip_bytes = 400, last = 60, frames = { 3, 4 } } } } } },
		  expect = "nothing" },
	},
}
