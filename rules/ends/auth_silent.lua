-- Both ends: the authentication request arrives whole, and nothing leaves.
local ASKS = { IKE_AUTH = true, MAIN_5 = true }

return rule {
	id = "auth.silent", step = "authentication", severity = "critical", scope = "ends",
	trigger = { "exchanges" },
	title = _"The authentication request arrives and nobody answers it",
	say = {
		confirmed = _"{responder} gets {message} of {initiator} whole and does not answer: it arrives {arrived} times of {sent} ({frames}), and nothing leaves. The path is good; {responder} stays silent for reasons of its own.",
	},
	why = _"{message} arrives {arrived} times, no answer leaves",
	advise = {
		now = { _"Read the log of {responder} at {at}: a policy that refuses in silence, or a wait for RADIUS, OCSP or a CRL." },
		verify = { _"An answer leaves {responder} after frame {first}." },
		admin = { _"strongSwan: swanctl --log --level 2; Libreswan: journalctl -u ipsec", _"ASA: debug crypto ikev2 protocol 127; show asp drop", _"OpenIKED answers some failures with silence" },
	},
	explains = { "ike.auth.no_reply", "life.half_open", "path.udp4500.blocked", "auth.xauth.stall" },
	references = { "RFC 7296 2.21.2", "RFC 7296 2.4" },
	when = function(e, near, far)
		for i, x in ipairs(e.exchanges) do
			if ASKS[x.type] and x.expects_answer and x.sends >= 3 and x.arrived >= 2 and 2 * x.arrived >= x.sent and x.answers == 0 and x.answers_arrived == 0 and x.icmp == 0 and (x.quiet or x.last - x.first >= 6) then
				return { confidence = "confirmed", culprit = x.from == "a" and "peer" or "local", frames = x.there_frames or x.frames, at = x.last,
				         args = { responder = address(e, other(x.from)), initiator = address(e, x.from), message = x.type, arrived = count(x.arrived), sent = count(x.sends), frames = frames(x.there_frames or x.frames),
				                  first = frame((x.there_frames or x.frames)[1]), at = time(x.first) } }
			end
		end
	end,
	tests = {
		{ name = "five arrive, nothing leaves",
		  ends = { exchanges = { { type = "IKE_AUTH", from = "a", expects_answer = true, sends = 5, sent = 5, arrived = 5, answers = 0, answers_arrived = 0, icmp = 0, first = 0, last = 40, frames = { 1 }, there_frames = { { 1, 3 } } } } },
		  expect = { confidence = "confirmed", culprit = "peer" } },
		{ name = "only pieces arrive",
		  ends = { exchanges = { { type = "IKE_AUTH", from = "a", expects_answer = true, sends = 5, sent = 5, arrived = 0, answers = 0, answers_arrived = 0, icmp = 0, first = 0, last = 40, frames = { 1 } } } },
		  expect = "nothing" },
	},
}
