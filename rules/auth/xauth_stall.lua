-- Phase 1 of IKEv1 is done, the user login (exchange 6) never gets through.

return rule {
	id = "auth.xauth.stall", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"The user login (XAUTH) never finishes",
	say = {
		confirmed = _"{server} asks {client} for the user login {sends} times and gets no answer ({frames}): its question or the answer is lost on the way.",
		likely = _"{client} finishes phase 1 ({frames}) and waits for the login question of {server}, which never arrives. A server that drops the last message of phase 1, for a wrong key say, looks the same; a capture at {server} decides.",
		possible = _"{client} sends the last message of phase 1 to UDP 4500 ({frames}) and waits for the login question of {server}, which never arrives. If UDP 4500 is closed, that message never arrived either; a capture at {server} decides.",
	},
	why = _"login question without answer",
	advise = {
		now = { _"Record at both ends at once, without a port filter: which of the messages arrive?",
		        _"Try the same device behind another provider: if the login works there, its configuration is cleared." },
		verify = { _"Connect again. {client} must answer the question of {server}; this filter must show frames of both: isakmp.exchangetype==6" },
		isp = _"Please check that UDP 4500, IP fragments (also those after the first, which carry no port numbers) and ICMP type 3 code 4 pass between {client} and {server}, and let them pass where they do not. The first IKE messages pass, those of the login do not arrive.",
		admin = { _"ASA: AM_TM_INIT_XAUTH in show crypto isakmp sa; clear crypto isakmp sa for this peer, then record again" },
	},
	explains = { "life.half_open" },
	references = { "draft-beaulieu-ike-xauth-02 6" },
	when = function(t, c)
		for _, x in ipairs(t.transactions or {}) do
			local a = t.attempts[x.attempt]
			local before = 0
			for _, y in ipairs(a.exchanges) do
				if y.type == "TRANSACTION" and y.answered and y.sends > 0 and (x.sends > 0 and y.first < x.first) then before = before + 1 end
			end
			if x.from == a.responder and x.sends >= 3 and not x.answered and waited(x) and x.icmp == 0 and before < 2
			   and not (t.works and t.works.since > x.last) then
				return {
					confidence = "confirmed", culprit = "unknown", frames = x.frames, at = x.last, filter = "isakmp.exchangetype==6",
					args = { server = address(t, x.from), client = address(t, x.to), sends = count(x.sends), frames = frames(x.frames) },
				}
			end
		end
		-- the client's end: phase 1 done with a login agreed, and no question
		if not t.both_ways or c.sees.both_ways ~= "yes" then return nil end
		for i, a in ipairs(t.attempts) do
			local done, more
			for _, x in ipairs(a.exchanges) do
				if (x.type == "AGGRESSIVE_3" or (x.type == "MAIN_5" and x.answered)) and x.sends > 0 then done = x end
				if x.type == "TRANSACTION" or x.type == "QUICK_1" or x.type == "INFORMATIONAL_V1" then more = true end
			end
			if a.version == 1 and a.xauth and a.from_start and done and not more and t.vantage.side == a.initiator
			   and not a.hole and (t.attempts[i + 1] ~= nil or t.span.capture_end - a.last > 10) and not (t.works and t.works.since > a.last) then
				return {
					confidence = a.floated and "possible" or "likely", culprit = "unknown", frames = done.frames, at = a.last, filter = "isakmp.exchangetype==6",
					args = { server = address(t, a.responder), client = address(t, a.initiator), sends = count(0), frames = frames(done.frames) },
				}
			end
		end
	end,
	tests = {
		{ name = "the server asks four times in vain",
		  tunnel = { attempts = { { version = 1, xauth = true, initiator = "a", responder = "b", exchanges = {} } },
		             transactions = { { type = "TRANSACTION", from = "b", to = "a", attempt = 1, sends = 4, answered = false, quiet = true, icmp = 0, first = 1, last = 40, frames = { 4, 5 } } } },
		  expect = { confidence = "confirmed" } },
		{ name = "three times and given up: the recording goes on long enough",
		  tunnel = { attempts = { { version = 1, xauth = true, initiator = "a", responder = "b", exchanges = {} } },
		             transactions = { { type = "TRANSACTION", from = "b", to = "a", attempt = 1, sends = 3, answered = false, quiet = true, icmp = 0, first = 1, last = 40, frames = { 4, 5 } } } },
		  expect = { confidence = "confirmed" } },
		{ name = "the recording has a hole where its answer may have been",
		  tunnel = { attempts = { { version = 1, xauth = true, initiator = "a", responder = "b", exchanges = {} } },
		             transactions = { { type = "TRANSACTION", from = "b", to = "a", attempt = 1, sends = 4, answered = false, quiet = false, hole = true, icmp = 0, first = 1, last = 40, frames = { 4, 5 } } } },
		  expect = "nothing" },
		{ name = "the client waits in vain",
		  tunnel = { attempts = { { version = 1, xauth = true, from_start = true, initiator = "a", responder = "b", last = 1,
		                            exchanges = { { type = "AGGRESSIVE_3", from = "a", sends = 1, first = 1, frames = { 3 } } } } } },
		  expect = { confidence = "likely" } },
		{ name = "the same after a move to port 4500",
		  tunnel = { attempts = { { version = 1, xauth = true, from_start = true, floated = true, initiator = "a", responder = "b", last = 1,
		                            exchanges = { { type = "AGGRESSIVE_3", from = "a", sends = 1, first = 1, frames = { 3 } } } } } },
		  expect = { confidence = "possible" } },
		{ name = "only one direction can be seen",
		  tunnel = { both_ways = false, attempts = { { version = 1, xauth = true, from_start = true, initiator = "a", responder = "b", last = 1,
		                            exchanges = { { type = "AGGRESSIVE_3", from = "a", sends = 1, first = 1, frames = { 3 } } } } } },
		  capture = { sees = { both_ways = "no", icmp = "yes", frags = "yes", esp = "yes", p4500 = "yes" } },
		  expect = "nothing" },
		{ name = "the login goes on",
		  tunnel = { attempts = { { version = 1, xauth = true, from_start = true, initiator = "a", responder = "b", last = 1,
		                            exchanges = { { type = "AGGRESSIVE_3", from = "a", sends = 1, first = 1, frames = { 3 } },
		                                          { type = "TRANSACTION", from = "b", to = "a", sends = 1, first = 1.1, answered = true, frames = { 4 } } } } },
		             transactions = { { type = "TRANSACTION", from = "b", to = "a", attempt = 1, sends = 1, answered = true, quiet = true, icmp = 0, first = 1.1, last = 1.1, frames = { 4 } } } },
		  expect = "nothing" },
		{ name = "the recording ends too early",
		  tunnel = { attempts = { { version = 1, xauth = true, initiator = "a", responder = "b", exchanges = {} } },
		             transactions = { { type = "TRANSACTION", from = "b", to = "a", attempt = 1, sends = 3, answered = false, quiet = false, icmp = 0, first = 1, last = 9, frames = { 4, 5 } } } },
		  expect = "nothing" },
	},
}
