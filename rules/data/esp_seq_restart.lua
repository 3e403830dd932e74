-- One sender, many receivers: no tunnel between two (routing protocols under AH).
local function multicast(address)
	if has(address, ":") then return starts(address, "ff") end
	local first = tonumber(string.sub(address, 1, 3)) or 0
	return first >= 224 and first <= 239
end

return rule {
	id = "data.esp.seq_restart", step = "data", severity = "high", scope = "tunnel",
	trigger = { "flows" },
	title = _"Sequence numbers start again on the same SPI",
	say = {
		likely = _"{sender} starts its sequence numbers again on the same SPI ({spi}, {frames}), after {from}: it lost its state, by a restart or a failover without synchronisation. {receiver} discards everything until {from} is passed again.",
	},
	sure = { likely = "a replay brings numbers that were seen, a restart begins at small ones and counts" },
	why = _"numbers start again after {from}",
	advise = {
		now = { _"Clear the SA on both sides, so that the tunnel is built anew.", _"Look for a failover or restart of {sender} at {at}." },
		verify = { _"Renew the tunnel. {sender} must use a new SPI whose numbers only rise, and this filter must show no frame: esp.spi=={spi}" },
		admin = { _"ASA: show failover; strongSwan: ha plugin; clusters: synchronise SAs with their sequence numbers (RFC 6311)" },
	},
	explains = { "data.esp.one_way", "data.esp.replay", "data.esp.reorder", "life.dpd.dead" },
	references = { "RFC 4303 2.2", "RFC 4303 3.3.3", "RFC 6311" },
	when = function(t, c)
		if multicast(address(t, "a")) or multicast(address(t, "b")) then return nil end
		for i, f in ipairs(t.flows) do
			local r = f.restart
			if r then
				return {
					confidence = "likely", culprit = f.from == t.vantage.side and "local" or "peer", frames = { r.frame }, at = r.at, filter = "esp.spi==" .. f.spi,
					args = { sender = address(t, f.from), receiver = address(t, other(f.from)), spi = f.spi, from = count(r.from), at = time(r.at), frames = frames { r.frame } },
				}
			end
		end
	end,
	tests = {
		{ name = "from five thousand to one", tunnel = { flows = { { from = "b", spi = "0x00000001", restart = { count = 1, from = 5000, at = 30, frame = 77 } } } }, expect = { confidence = "likely", culprit = "peer", severity = "high", text_has = "5,000" } },
		{ name = "numbers rise", tunnel = { flows = { { from = "b", spi = "0x00000001" } } }, expect = "nothing" },
		{ name = "many senders in a group", tunnel = { ends = { a = "198.51.100.10", b = "239.1.1.1" }, flows = { { from = "a", spi = "0x00000001", restart = { count = 1, from = 5000, at = 30, frame = 77 } } } }, expect = "nothing" },
	},
}
