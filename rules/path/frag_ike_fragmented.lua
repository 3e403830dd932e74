return rule {
	id = "path.frag.ike_fragmented", step = "reachability", severity = "low", scope = "tunnel",
	trigger = { "attempts" },
	title = _"IKE messages are larger than the path and travel in IP fragments",
	say = {
		confirmed = _"{message} from {sender} measures {size} and travels in IP fragments ({frames}). Many paths lose IP fragments.",
	},
	sure = { confirmed = "the pieces are here" },
	why = _"{message} needs IP fragments",
	advise = {
		now = { _"Switch on IKE fragmentation on both sides, so that no IP fragments are needed." },
		verify = { _"Connect again. This filter must show no frame: ip.src=={sender} && (ip.flags.mf==1 || ip.frag_offset>0)" },
		admin = { _"strongSwan: fragmentation = yes; IOS: crypto ikev2 fragmentation; fewer proposals, shorter certificate chains" },
	},
	references = { "RFC 7383 1", "RFC 8900 3" },
	when = function(t, c)
		local best, sender, hurt
		for _, a in ipairs(t.attempts) do
			for _, x in ipairs(a.exchanges) do
				if x.sends > 0 and x.pieces and (x.pieces > 1 or not x.complete and not x.ike_pieces) and not best then
					best, sender = x, x.from
				end
				if x.answer and x.answer.pieces > 1 and not best then
					best, sender = x, x.to
				end
				if x.partial_answer and not best then
					best, sender = x, x.to
				end
				if x.sends > 0 and x.pieces and x.pieces > 1 and x.expects_answer and not x.answered and x.sends >= 3 then hurt = true end
			end
		end
		if not best then return nil end
		local half = sender == best.from and best or best.answer or best.partial_answer
		return {
			confidence = "confirmed", culprit = sender == t.vantage.side and "local" or "peer", severity = hurt and "medium" or nil,
			frames = half.frames, at = half.last,
			filter = "ip.flags.mf==1 || ip.frag_offset>0",
			args = { message = message(best.type), sender = address(t, sender), size = bytes(half.ip_bytes or 0), frames = frames(half.frames) },
		}
	end,
	tests = {
		{ name = "a request in two fragments",
		  tunnel = { attempts = { { exchanges = { { type = "IKE_AUTH", from = "a", to = "b", sends = 1, pieces = 2, ip_bytes = 2300, complete = true,
		                                            expects_answer = true, answered = true, last = 1, frames = { 3, 4 } } } } } },
		  expect = { confidence = "confirmed", severity = "low" } },
		{ name = "pieces of IKE's own making, of which some are missing",
		  tunnel = { attempts = { { exchanges = { { type = "IKE_AUTH", from = "b", to = "a", sends = 6, pieces = 1, ip_bytes = 208, complete = false,
		                                            ike_pieces = 1, ike_total = 3, expects_answer = true, answered = false, last = 60, frames = { 5, 6 } } } } } },
		  expect = "nothing" },
		{ name = "whole packets",
		  tunnel = { attempts = { { exchanges = { { type = "IKE_AUTH", from = "a", to = "b", sends = 1, pieces = 1, ip_bytes = 300, complete = true,
		                                            expects_answer = true, answered = true, last = 1, frames = { 3 } } } } } },
		  expect = "nothing" },
	},
}
