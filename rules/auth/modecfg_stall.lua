-- After the login the client asks for address and settings (exchange 6). Their answer is often the first large one.

local MORE = _"more than one packet"

return rule {
	id = "auth.modecfg.stall", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "transactions" },
	title = _"Address and settings never arrive",
	say = {
		confirmed = _"{client} never receives its address and settings: it asks {server} {sends} times ({frames}) and gets no whole answer.",
		likely = _"{client} never receives its address and settings: {server} answers {answers} times ({size} each, {frames}), and {client} asks again every time. A client that discards the answer looks the same; a capture at {client} decides.",
	},
	why = _"settings asked for, none arrive",
	advise = {
		now = { _"Record at both ends at once, without a port filter: do all IP fragments of the answer arrive?",
		        _"A way around it: make the answer of {server} smaller, by a shorter banner and fewer networks in the split-tunnel list, so that it fits into one packet." },
		verify = { _"Log in again. After the settings Quick Mode must follow; this filter must show frames: isakmp.exchangetype==32" },
		isp = _"Please check that all IP fragments (also those after the first, which carry no port numbers) and ICMP type 3 code 4 pass between {server} and {client}, and let them pass where they do not. The long answer of {server} does not arrive whole, while small packets pass.",
		admin = { _"ASA: AM_TM_INIT_MODECFG in show crypto isakmp sa; show running-config group-policy; show ip local pool" },
	},
	explains = { "life.half_open" },
	references = { "draft-dukes-ike-mode-cfg-02 2", "draft-dukes-ike-mode-cfg-02 3.5" },
	when = function(t, c)
		for _, x in ipairs(t.transactions) do
			local a = t.attempts[x.attempt]
			local quick
			for _, y in ipairs(a.exchanges) do
				if y.type == "QUICK_1" then quick = true end
			end
			local over = t.works and x.sends > 0 and t.works.since > x.last
			if x.from == a.initiator and x.sends >= 3 and x.icmp == 0 and not quick and not over then
				local args = { client = address(t, x.from), server = address(t, x.to), sends = count(x.sends), frames = frames(x.frames), answers = count(0), size = bytes(0) }
				args.sender, args.receiver = args.server, args.client
				if not x.answered and waited(x) and x.to ~= t.vantage.side then
					local seen = append({}, x.frames, x.partial_answer and x.partial_answer.frames)
					return { confidence = "confirmed", culprit = "unknown", frames = seen, at = x.last, filter = "isakmp.exchangetype==6 || ip.flags.mf==1 || ip.frag_offset>0", args = args }
				end
				local half = x.partial_answer -- our own answers, their later fragments hidden by the filter
				if not x.answered and half and half.trains >= 3 and x.from ~= t.vantage.side then
					args.answers, args.size, args.frames = count(half.trains), MORE, frames(half.frames)
					return { confidence = "likely", culprit = "unknown", frames = half.frames, at = x.last, filter = "isakmp.exchangetype==6 || ip.flags.mf==1 || ip.frag_offset>0", args = args }
				end
				if x.answered and x.sends_after_answer >= 2 and x.from ~= t.vantage.side then
					args.answers, args.size, args.frames = count(x.answer.sends), bytes(x.answer.ip_bytes), frames(x.answer.frames)
					return { confidence = "likely", culprit = "unknown", frames = x.answer.frames, at = x.last, filter = "isakmp.exchangetype==6 || ip.flags.mf==1 || ip.frag_offset>0", args = args }
				end
			end
		end
	end,
	tests = {
		{ name = "only first fragments of the answer arrive",
		  tunnel = { attempts = { { initiator = "a", responder = "b", exchanges = {} } },
		             transactions = { { from = "a", to = "b", attempt = 1, sends = 5, answered = false, quiet = true, icmp = 0, last = 30, partial_answer = { trains = 5 }, frames = { 10, 12 } } } },
		  expect = { confidence = "confirmed" } },
		{ name = "the recording has a hole where its answer may have been",
		  tunnel = { attempts = { { initiator = "a", responder = "b", exchanges = {} } },
		             transactions = { { from = "a", to = "b", attempt = 1, sends = 5, answered = false, quiet = false, hole = true, icmp = 0, last = 30, partial_answer = { trains = 5 }, frames = { 10, 12 } } } },
		  expect = "nothing" },
		{ name = "at the server: asked again after every answer",
		  tunnel = { vantage = { side = "b" }, attempts = { { initiator = "a", responder = "b", exchanges = {} } },
		             transactions = { { from = "a", to = "b", attempt = 1, sends = 5, answered = true, sends_after_answer = 4, quiet = true, icmp = 0, last = 30, frames = { 10, 12 },
		                                answer = { sends = 5, ip_bytes = 1660, frames = { 11, 13 } } } } },
		  expect = { confidence = "likely", text_has = "1,660" } },
		{ name = "at the server, behind a port filter: first fragments of its own answers",
		  tunnel = { vantage = { side = "b" }, attempts = { { initiator = "a", responder = "b", exchanges = {} } },
		             transactions = { { from = "a", to = "b", attempt = 1, sends = 5, answered = false, sends_after_answer = 0, quiet = true, icmp = 0, last = 30, frames = { 10, 12 },
		                                partial_answer = { trains = 5, frames = { 11, 13 } } } } },
		  expect = { confidence = "likely" } },
		{ name = "Quick Mode follows",
		  tunnel = { vantage = { side = "b" }, attempts = { { initiator = "a", responder = "b", exchanges = { { type = "QUICK_1" } } } },
		             transactions = { { from = "a", to = "b", attempt = 1, sends = 3, answered = true, sends_after_answer = 2, quiet = true, icmp = 0, last = 30, frames = { 10, 12 },
		                                answer = { sends = 3, ip_bytes = 1660, frames = { 11, 13 } } } } },
		  expect = "nothing" },
		{ name = "the recording ends too early",
		  tunnel = { attempts = { { initiator = "a", responder = "b", exchanges = {} } },
		             transactions = { { from = "a", to = "b", attempt = 1, sends = 3, answered = false, quiet = false, icmp = 0, last = 9, frames = { 10, 12 } } } },
		  expect = "nothing" },
	},
}
