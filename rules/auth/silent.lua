-- Recorded at the answering end: the authentication request is there, whole, and nothing leaves.

return rule {
	id = "auth.silent", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "unanswered" },
	title = _"The authentication request arrives and nobody answers it",
	say = {
		likely = _"{responder} answers the first exchange, then receives {message} of {initiator} {sends} times, whole ({frames}), and sends neither an answer nor an error. The path to {responder} is good; {responder} stays silent for reasons of its own. An answer that leaves by another interface looks the same; a recording on all interfaces decides.",
	},
	why = _"{message} arrives {sends} times, no answer leaves",
	advise = {
		now = { _"Read the log of {responder} at {at}: a policy that refuses in silence, or a wait for RADIUS, OCSP or a CRL.",
		        _"Does a host firewall behind the capture point drop UDP {port}?" },
		verify = { _"An answer leaves {responder} after frame {first}." },
		admin = { _"strongSwan: swanctl --log --level 2; Libreswan: journalctl -u ipsec", _"ASA: debug crypto ikev2 protocol 127; show asp drop", _"Linux: ss -lunp, nft list ruleset" },
	},
	explains = { "ike.auth.no_reply", "life.half_open", "path.udp4500.blocked" },
	references = { "RFC 7296 2.21.2", "RFC 7296 2.4" },
	when = function(t, c)
		for i, x in ipairs(t.unanswered) do
			local a = t.attempts[x.attempt]
			if x.type == "IKE_AUTH" and x.to == t.vantage.side and x.sends >= 3 and waited(x) and x.complete ~= false and x.icmp == 0 and not x.partial_answer
			   and a.from_start and a.responder == x.to and c.sees.both_ways == "yes" and t.both_ways and not (t.works and t.works.since > x.last) then
				return {
					confidence = "likely", culprit = "local", frames = x.frames, at = x.last,
					args = { initiator = address(t, x.from), responder = address(t, x.to), message = message(x.type), sends = count(x.sends), frames = frames(x.frames),
					         first = frame(x.frames[1]), at = time(x.first), port = x.dport },
				}
			end
		end
	end,
	tests = {
		{ name = "five arrive whole, nothing leaves",
		  tunnel = { attempts = { { from_start = true, responder = "a" } },
		             unanswered = { { type = "IKE_AUTH", from = "b", to = "a", attempt = 1, sends = 5, complete = true, icmp = 0, first = 1, last = 48, dport = 4500, frames = { 11, 14, 19 } } } },
		  expect = { confidence = "likely", culprit = "local" } },
		{ name = "three times and given up: the recording goes on long enough",
		  tunnel = { attempts = { { from_start = true, responder = "a" } },
		             unanswered = { { type = "IKE_AUTH", from = "b", to = "a", attempt = 1, sends = 3, quiet = true, complete = true, icmp = 0, first = 1, last = 5, dport = 4500, frames = { 11, 14, 19 } } } },
		  expect = { confidence = "likely", culprit = "local" } },
		{ name = "the recording has a hole where its answer may have been",
		  tunnel = { attempts = { { from_start = true, responder = "a" } },
		             unanswered = { { type = "IKE_AUTH", from = "b", to = "a", attempt = 1, sends = 5, hole = true, complete = true, icmp = 0, first = 1, last = 48, dport = 4500, frames = { 11, 14, 19 } } } },
		  expect = "nothing" },
		{ name = "recorded at the initiator",
		  tunnel = { vantage = { side = "b" }, attempts = { { from_start = true, responder = "a" } },
		             unanswered = { { type = "IKE_AUTH", from = "b", to = "a", attempt = 1, sends = 5, complete = true, icmp = 0, first = 1, last = 48, dport = 4500, frames = { 11, 14, 19 } } } },
		  expect = "nothing" },
		{ name = "only pieces arrive",
		  tunnel = { attempts = { { from_start = true, responder = "a" } },
		             unanswered = { { type = "IKE_AUTH", from = "b", to = "a", attempt = 1, sends = 5, complete = false, icmp = 0, first = 1, last = 48, dport = 4500, frames = { 11, 14, 19 } } } },
		  expect = "nothing" },
		{ name = "an answer was on its way when the recording ended",
		  tunnel = { attempts = { { from_start = true, responder = "a" } },
		             unanswered = { { type = "IKE_AUTH", from = "b", to = "a", attempt = 1, sends = 3, complete = true, icmp = 0, quiet = false, first = 1, last = 5, dport = 4500, frames = { 11, 14, 19 } } } },
		  expect = "nothing" },
		{ name = "the recording holds one direction",
		  tunnel = { both_ways = false, attempts = { { from_start = true, responder = "a" } },
		             unanswered = { { type = "IKE_AUTH", from = "b", to = "a", attempt = 1, sends = 5, complete = true, icmp = 0, first = 1, last = 48, dport = 4500, frames = { 11, 14, 19 } } } },
		  expect = "nothing" },
	},
}
