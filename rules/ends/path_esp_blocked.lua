-- Both ends: data leaves and does not arrive, while IKE of the same pair does; each direction on its own.
local FEW = 3

local function ike_passes(w)
	return (w.ike_500 and w.ike_500.arrived > 0) or (w.ike_4500 and w.ike_4500.arrived > 0)
end

return rule {
	id = "path.esp.blocked", step = "reachability", severity = "critical", scope = "ends",
	trigger = { "ways" },
	title = _"The tunnel is up but its ESP packets do not pass",
	say = {
		confirmed = _"The path from {sender} to {receiver} discards {carried}: {lost} packets leave {sender} ({frames}) and none reaches {receiver}{both}.",
		likely = _"The path from {sender} to {receiver} discards {carried}: {lost} packets leave {sender} ({frames}), and the recording at {receiver} has none of them{both}.",
	},
	why = _"{carried} from {sender}: {lost} lost",
	advise = {
		now = { _"Send the provider the text below.", _"Where IP protocol 50 is lost: force UDP encapsulation until it is repaired; ESP then travels in UDP 4500." },
		verify = { _"Record at {receiver}. This filter must show frames: esp && ip.src=={sender}" },
		isp = _"Please let {carried} pass from {sender} to {receiver}, or tell us that it is not carried: {lost} packets leave the one end and none reaches the other, while IKE between the same hosts passes; we recorded at both. Protocol numbers are not port numbers: a rule for port 50 does not help.",
		admin = { _"strongSwan: encap = yes; Libreswan: encapsulation=yes; ASA: crypto isakmp nat-traversal 20", _"Clouds: list IP protocol 50, or use UDP encapsulation" },
	},
	explains = { "path.message_lost", "data.esp.one_way", "data.esp.none", "life.dpd.dead", "data.esp.large_lost" },
	references = { "RFC 4303 2", "RFC 6092 3.2.4" },
	when = function(e, near, far)
		local NATIVE, INSIDE = _"IP protocol 50 (ESP, not a port)", _"ESP in UDP 4500"
		local NONE, BOTH = "", _", and it is the same in the other direction"
		local found, arrives = {}, false
		for i, side in ipairs { "a", "b" } do
			local w, back = e.ways[side].classes, e.ways[other(side)].classes
			for n, name in ipairs { "esp", "esp_udp" } do
				local k = w[name]
				arrives = arrives or (k and k.arrived > 0)
				local own = side == "a" and near or side == "b" and far or nil
				local answered = own and own.data and own.data[other(side)] and own.data[other(side)].packets > 0 -- what its filter hides is not lost
				if k and k.sent >= FEW and k.arrived == 0 and (k.visible or not answered) and (ike_passes(w) or ike_passes(back) or back[name] and back[name].arrived > 0 or e.joined ~= "claimed") then
					found[#found + 1] = { side = side, k = k, name = name }
				end
			end
		end
		local first = found[1]
		if not first then
			if arrives then return { refuted = true } end
			return nil
		end
		local k, twice = first.k, found[2] and found[2].side ~= first.side and found[2].name == first.name
		return { confidence = k.visible and k.low >= 0.5 and e.clock.known ~= "none" and "confirmed" or "likely", culprit = "path", frames = k.frames, at = k.last_lost, filter = "esp",
		         args = { sender = address(e, first.side), receiver = address(e, other(first.side)), lost = count(k.lost, k.sent), frames = frames(k.frames), carried = first.name == "esp" and NATIVE or INSIDE,
		                  both = twice and BOTH or NONE } }
	end,
	tests = {
		{ name = "nine leave, none arrives",
		  ends = { ways = { a = { classes = { ike_500 = { arrived = 2 }, esp = { sent = 9, arrived = 0, lost = 9, low = 0.7, visible = true, frames = { 5, 6 }, last_lost = 9 } } }, b = { classes = {} } } },
		  expect = { confidence = "confirmed", culprit = "path", text_has = "protocol 50" } },
		{ name = "its filter may hide protocol 50",
		  ends = { ways = { a = { classes = { ike_500 = { arrived = 2 }, esp = { sent = 9, arrived = 0, lost = 9, low = 0.7, visible = false, frames = { 5, 6 }, last_lost = 9 } } }, b = { classes = {} } } },
		  expect = { confidence = "likely" } },
		{ name = "it arrives until a moment, and then no more: path.loss.stop",
		  ends = { ways = { a = { classes = { ike_500 = { arrived = 2 }, esp = { sent = 69, arrived = 9, lost = 60, low = 0.7, visible = true, frames = { 50, 60 }, last_lost = 29 } } }, b = { classes = {} } } },
		  expect = "refuted" },
		{ name = "it arrives: whoever is silent has nothing to say",
		  ends = { ways = { a = { classes = { ike_500 = { arrived = 2 }, esp = { sent = 9, arrived = 9, lost = 0, low = 0, visible = true } } }, b = { classes = {} } } },
		  expect = "refuted" },
	},
}
