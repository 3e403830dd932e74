-- IKEv1: the request for address and settings is answered by an INFORMATIONAL, not by a reply. IKEv2: FAILED_CP_REQUIRED, where it can be read.
local WITHIN_S = 2

return rule {
	id = "auth.modecfg.refused", step = "authentication", severity = "critical", scope = "tunnel",
	trigger = { "attempts" },
	title = _"Address and settings are refused",
	say = {
		confirmed = _"{server} insists on giving {client} an address, and {client} did not ask for one (FAILED_CP_REQUIRED, {frames}).",
		likely = _"{server} refuses to give {client} address and settings: the request ({asked}) is answered by an error message ({frames}) instead of a reply. No address is left, or the group policy has none. A reply that is lost just before another message looks the same; the log of {server} decides.",
	},
	sure = { confirmed = "the notify is here in clear text" },
	why = _"settings asked for, refused",
	advise = {
		now = { _"Look at address pool and group policy of {server}; ask for its log line of that second.", _"Let {client} ask for an address." },
		verify = { _"Log in again, with data through the tunnel. This filter must show frames of both {client} and {server}: esp" },
		admin = { _"ASA: show running-config group-policy, show ip local pool", _"strongSwan: vips = 0.0.0.0 at the client, pools at the server" },
	},
	explains = { "auth.modecfg.stall", "life.half_open", "child.missing" },
	references = { "draft-dukes-ike-mode-cfg-02 2", "RFC 7296 2.19", "RFC 7296 3.15" },
	when = function(t, c)
		for _, r in ipairs(t.refused or {}) do
			if r.version == 2 and r.name == "FAILED_CP_REQUIRED" then
				return {
					confidence = "confirmed", culprit = "both", frames = r.frames, at = r.last, severity = t.works and t.works.since > r.last and "medium" or nil,
					args = { server = address(t, r.from), client = address(t, r.to), asked = frames {}, frames = frames(r.frames) },
				}
			end
		end
		for _, x in ipairs(t.transactions or {}) do
			local a = t.attempts[x.attempt]
			local quick
			for _, y in ipairs(a.exchanges) do
				if y.type == "QUICK_1" then quick = true end
			end
			for _, y in ipairs(a.exchanges) do
				if x.from == a.initiator and x.sends > 0 and not x.answered and not x.partial_answer and not quick and not a.established
				   and y.type == "INFORMATIONAL_V1" and y.from == x.to and y.sends > 0 and y.first >= x.first and y.first - x.last <= WITHIN_S then
					return {
						confidence = "likely", culprit = "both", frames = y.frames, at = y.last, severity = t.works and t.works.since > y.last and "medium" or nil, filter = "isakmp.exchangetype==6 || isakmp.exchangetype==5",
						args = { server = address(t, x.to), client = address(t, x.from), asked = frames(x.frames), frames = frames(y.frames) },
					}
				end
			end
		end
	end,
	tests = {
		{ name = "an error message instead of a reply",
		  tunnel = { attempts = { { initiator = "a", responder = "b", exchanges = { { type = "INFORMATIONAL_V1", from = "b", sends = 1, first = 2.1, last = 2.1, frames = { 9 } } } } },
		             transactions = { { from = "a", to = "b", attempt = 1, sends = 1, answered = false, first = 2, last = 2, frames = { 8 } } } },
		  expect = { confidence = "likely", culprit = "both" } },
		{ name = "IKEv2, readable", tunnel = { attempts = {}, refused = { { version = 2, name = "FAILED_CP_REQUIRED", exchange = "IKE_AUTH", attempt = 1, from = "b", to = "a", last = 1, frames = { 6 } } } }, expect = { confidence = "confirmed" } },
		{ name = "the request is answered",
		  tunnel = { attempts = { { initiator = "a", responder = "b", exchanges = { { type = "INFORMATIONAL_V1", from = "b", sends = 1, first = 2.1, last = 2.1, frames = { 9 } } } } },
		             transactions = { { from = "a", to = "b", attempt = 1, sends = 1, answered = true, first = 2, last = 2, frames = { 8 } } } },
		  expect = "nothing" },
		{ name = "the server's own question (XAUTH)",
		  tunnel = { attempts = { { initiator = "a", responder = "b", exchanges = { { type = "INFORMATIONAL_V1", from = "a", sends = 1, first = 2.1, last = 2.1, frames = { 9 } } } } },
		             transactions = { { from = "b", to = "a", attempt = 1, sends = 1, answered = false, first = 2, last = 2, frames = { 8 } } } },
		  expect = "nothing" },
	},
}
