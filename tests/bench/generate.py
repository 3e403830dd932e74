#!/usr/bin/env python3
"""usage: generate.py MEGABYTES FILE

Writes a pcap of that size, the same for the same size: mostly ESP, in UDP and alone, of 100 to 1400
bytes, sixteen tunnels, and a little IKE between.
"""
import random
import struct
import sys

random.seed(4303)
FLOWS = 16
BATCH = 4096


def ip(flow, back, protocol, payload):
    a, b = (198, 51, 100, 1 + flow), (203, 0, 113, 1)
    if back:
        a, b = b, a
    return struct.pack(">BBHHHBBH4B4B", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0,
                       *a, *b) + payload


def udp(port, payload):
    return struct.pack(">HHHH", port, port, 8 + len(payload), 0) + payload


def esp(flow, back, sequence, size):
    return struct.pack(">II", 0xc0000000 + flow * 2 + back, sequence) + noise[size % 977:][:size]


def ike(flow, back, message):
    """An INFORMATIONAL with an encrypted payload: RFC 7296 2.4."""
    body = struct.pack(">BBH", 0, 0, 4 + 52) + noise[:52]
    flags = 0x20 if back else 0x08
    return struct.pack(">QQBBBBII", 0x1000 + flow, 0x2000 + flow, 46, 0x20, 37, flags, message,
                       28 + len(body)) + body


def frames():
    sequence = [0] * (2 * FLOWS)
    message = [0] * FLOWS
    asker = count = 0
    while True:
        flow = random.randrange(FLOWS)
        back = random.randrange(2)
        count += 1
        if count % 2000 < 2:
            if count % 2000 == 0:
                asker = flow
                message[flow] += 1
            data = ike(asker, count % 2000, message[asker])
            port, marker = (4500, b"\0" * 4) if asker % 2 == 0 else (500, b"")
            yield ip(asker, count % 2000, 17, udp(port, marker + data))
            continue
        i = flow * 2 + back
        sequence[i] += 1
        data = esp(flow, back, sequence[i], random.randrange(100, 1401))
        yield ip(flow, back, 17, udp(4500, data)) if flow % 2 == 0 else ip(flow, back, 50, data)


if len(sys.argv) != 3 or not sys.argv[1].isdigit():
    sys.exit(__doc__)
limit = int(sys.argv[1]) << 20
noise = random.randbytes(4096)
ethernet = bytes.fromhex("0200000000010200000000020800")
with open(sys.argv[2], "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
    written, time = 24, 1700000000 * 1000000
    some = []
    for packet in frames():
        time += random.randrange(1, 400)
        size = 14 + len(packet)
        some.append(struct.pack("<IIII", time // 1000000, time % 1000000, size, size))
        some += (ethernet, packet)
        written += 30 + len(packet)
        if len(some) > BATCH or written >= limit:
            out.write(b"".join(some))
            some = []
        if written >= limit:
            break
