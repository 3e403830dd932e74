return rule {
	id = "path.tcp_encap", step = "reachability", severity = "info", scope = "tunnel",
	trigger = { "flows" },
	title = _"IKE and ESP travel in TCP",
	say = { confirmed = _"The tunnel between {a} and {b} travels in TCP ({frames}), as it does where UDP does not pass. TCP inside TCP is slow when packets are lost." },
	sure = { confirmed = "the TCP stream is here" },
	why = _"ESP in TCP",
	advise = { now = { _"If UDP 500 and 4500 can be opened between the two, do that and go back to UDP." },
	           verify = { _"Build the tunnel anew, with data through it. This filter must show frames of both {a} and {b}: udp.port==4500 || ip.proto==50" } },
	references = { "RFC 9329 3", "RFC 9329 9.1" },
	when = function(t, c)
		for i, f in ipairs(t.flows) do
			if f.encapsulation == "TCP" then
				return { confidence = "confirmed", culprit = "none", frames = { f.first_frame }, args = { a = address(t, "a"), b = address(t, "b"), frames = frames { f.first_frame } } }
			end
		end
	end,
	tests = {
		{ name = "ESP in TCP", tunnel = { flows = { { encapsulation = "TCP", first_frame = 9 } } }, expect = { confidence = "confirmed", severity = "info" } },
		{ name = "ESP in UDP", tunnel = { flows = { { encapsulation = "UDP", first_frame = 9 } } }, expect = "nothing" },
	},
}
