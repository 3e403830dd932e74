#!/usr/bin/env python3
"""usage: hostile.py SHAPE FILE [PART]   or: hostile.py

Writes a capture of that shape: what a scanner, a flood or somebody who dislikes the program may put
in front of it. PART (1) scales how much of it there is. Without arguments: the names of all shapes.
"""
import bz2
import gzip
import lzma
import random
import struct
import sys

random.seed(7296)
part = 1.0
time = 1700000000 * 1000000


def times(n):
    return range(max(1, int(n * part)))


# --- packets ---------------------------------------------------------------------------------

def address(n):
    return struct.pack(">I", n & 0xffffffff)


A, B = address(0xc6336401), address(0xcb007101)


def ip(src, dst, protocol, payload, ident=0, fragment=0x4000, ttl=64):
    return struct.pack(">BBHHHBBH", 0x45, 0, (20 + len(payload)) & 0xffff, ident & 0xffff, fragment, ttl,
                       protocol, 0) + src + dst + payload


def udp(sport, dport, payload):
    return struct.pack(">HHHH", sport, dport, (8 + len(payload)) & 0xffff, 0) + payload


def ike(spi_i, spi_r, first, exchange, flags, message, payload, length=None, version=0x20):
    return struct.pack(">QQBBBBII", spi_i, spi_r, first, version, exchange, flags, message,
                       28 + len(payload) if length is None else length) + payload


def payload(following, body, length=None):
    return struct.pack(">BBH", following, 0, 4 + len(body) if length is None else length) + body


TRANSFORMS = b"".join(struct.pack(">BBHBBH", 0 if last else 3, 0, len(rest) + 8, kind, 0, number) + rest
                      for kind, number, rest, last in ((1, 12, b"\x80\x0e\x01\x00", 0), (2, 5, b"", 0),
                                                       (3, 12, b"", 0), (4, 14, b"", 1)))
PROPOSAL = struct.pack(">BBHBBBB", 0, 0, 8 + len(TRANSFORMS), 1, 1, 0, 4) + TRANSFORMS
INIT = payload(34, PROPOSAL) + payload(40, struct.pack(">HH", 14, 0) + bytes(256)) + payload(0, bytes(32))
SEALED = payload(41, bytes(60))


def ask(spi, src=A, dst=B, sport=500, body=INIT):
    return ip(src, dst, 17, udp(sport, 500, ike(spi, 0, 33, 34, 8, 0, body)), spi)


def answer(spi, src=B, dst=A, dport=500, body=INIT):
    return ip(src, dst, 17, udp(500, dport, ike(spi, spi + 1, 33, 34, 0x20, 0, body)), spi)


def sealed(spi, back, exchange, message, src=A, dst=B):
    text = ike(spi, spi + 1, 46, exchange, 0x20 if back else 8, message, SEALED)
    return ip(dst if back else src, src if back else dst, 17, udp(500, 500, text), message)


def esp(src, dst, spi, sequence, size=80):
    return ip(src, dst, 50, struct.pack(">II", spi & 0xffffffff, sequence) + bytes(size))


def arp(asker, target, operation):
    return struct.pack(">HHBBH6s4s6s4s", 1, 0x800, 6, 4, operation, bytes(6), asker, bytes(6), target)


# --- shapes: each yields packets; Ethernet is put in front, type 0x0800 unless told ------------

def first_fragments():
    for i in times(200000):
        yield ip(address(0x0a000000 + i % 5000), B, 17, udp(500, 500, ike(i + 1, 0, 33, 34, 8, 0, INIT)),
                 random.randrange(65536), 0x2000)


def tiny_fragments():
    for i in times(300000):
        yield ip(A, B, 17, bytes(8), i // 8000, 0x2000 | i % 8000)


def overlapping_fragments():
    for i in times(200000):
        yield ip(A, B, 17, random.randbytes(64), i // 3000, 0x2000 | (i * 7) % 800)


def late_first_fragments():
    """Every piece but the first, backwards: nothing ever becomes whole."""
    for i in times(200000):
        yield ip(address(0x0a000000 + i // 40), B, 17, bytes(1400), i // 40, 0x2000 | (40 - i % 40) * 175)


def esp_spis():
    for i in times(1000000):
        yield esp(A, B, 0x10000 + i, 1, 16)


def esp_pairs():
    for i in times(100000):
        yield esp(address(0x0a000000 + i), B, 0x10000 + i, 1)
        yield esp(B, address(0x0a000000 + i), 0x90000 + i, 1)


def half_open():
    for i in times(100000):
        yield ask(i + 1, address(0x0a000000 + i))


def half_open_answered():
    for i in times(60000):
        yield ask(2 * i + 2, address(0x0a000000 + i))
        yield answer(2 * i + 2, B, address(0x0a000000 + i))


def half_open_ports():
    for i in times(60000):
        yield ask(i + 1, sport=1024 + i)


def one_pair():
    for i in times(100000):
        yield ask(2 * i + 2)
        yield answer(2 * i + 2)


def many_attempts():
    """The tables of tunnels and attempts full at the same time, and every attempt rich."""
    for i in times(4500 * 64):
        peer = address(0x0a000000 + i % 4500)
        yield ask(2 * i + 2, peer)
        if i % 4 == 0:
            yield answer(2 * i + 2, B, peer)


def same_spi():
    """One SPI of the initiator in every SA of every tunnel."""
    for i in times(150000):
        peer = address(0x0a000000 + i % 3000)
        yield ip(peer, B, 17, udp(500, 500, ike(7, i + 1, 46, 37, 8, i, SEALED)), i)


def busy_sas():
    """16384 SAs, each with 12 exchanges that are answered."""
    for i in times(16384):
        peer = address(0x0a000000 + i % 4096)
        for message in range(12):
            yield sealed(2 * i + 2, False, 37, message, peer)
            yield sealed(2 * i + 2, True, 37, message, peer)


def one_sa():
    yield ask(2)
    yield answer(2)
    for i in times(100000):
        yield sealed(2, False, 37, i + 1)
        yield sealed(2, True, 37, i + 1)


def resends():
    for i in times(200000):
        yield ip(A, B, 17, udp(500, 500, ike(2, 0, 33, 34, 8, 0, INIT)), i)


def notifies():
    for i in times(100000):
        kind = i % 65536
        yield ip(B, A, 17, udp(500, 500, ike(2, i + 9, 41, 34, 0x20, 0,
                                            payload(0, struct.pack(">BBH", 0, 0, kind)))), i)


def notify_list():
    """As many notifies as a datagram holds."""
    many = b"".join(payload(41, struct.pack(">BBH", 0, 0, i % 65536)) for i in range(180))
    for i in times(3000):
        yield ip(A, B, 17, udp(500, 500, ike(i + 1, 0, 41, 34, 8, 0, many)), i)


def proposals():
    one = struct.pack(">BBHBBBB", 2, 0, 8 + len(TRANSFORMS), 1, 1, 0, 4) + TRANSFORMS
    for i in times(20000):
        yield ask(i + 1, address(0x0a000000 + i % 300), body=payload(0, one * 28))


def payload_chain():
    for i in times(100000):
        body = (payload(41, b"", 0), payload(33, b"", 4) * 300, payload(46, b"", 3),
                payload(53, b"\0\0\0\0"), payload(33, bytes(40), 0xffff),
                payload(33, struct.pack(">BBHBBBB", 2, 0, 0, 1, 1, 255, 255)),
                payload(132, b"\0\1\1\0"), payload(44, bytes(4) + b"\xff" * 60))[i % 8]
        yield ip(A, B, 17, udp(500, 500, ike(i % 64 + 1, i % 3, random.randrange(256), random.choice((34, 35, 2, 4)),
                                             random.choice((0, 8, 32)), 0, body,
                                             version=random.choice((0x10, 0x20)))), i)


def huge_lengths():
    for i in times(100000):
        length = (0xffffffff, 0x80000000, 0x7fffffff, 28, 27, 0)[i % 6]
        yield ip(A, B, 17, udp(500, 500, ike(i + 1, 0, 33, 34, 8, 0, INIT, length)), i)


def pieces():
    """IKE fragments that never end: RFC 7383, total 65535, each message another."""
    for i in times(150000):
        body = payload(35, struct.pack(">HH", i % 200 + 1, 65535) + bytes(24))
        yield ip(A, B, 17, udp(500, 500, ike(i // 1000 + 1, 9, 53, 35, 8, 1 + i // 200, body)), i)


def nested():
    for i in times(20000):
        packet = ask(i + 1)
        for _ in range(50):
            packet = ip(A, B, 4, packet)
        yield packet


def icmp_flood():
    for i in times(200):
        yield ask(i + 1, address(0x0a000000 + i))
    for i in times(200000):
        quoted = ask(i % 200 + 1, address(0x0a000000 + i % 200))[:28 + 28]
        yield ip(address(0x0b000000 + i), address(0x0a000000 + i % 200), 1,
                 struct.pack(">BBHI", 3, i % 16, 0, 0) + quoted)


def arp_flood():
    for i in times(200000):
        yield 0x0806, arp(address(0x0a000000 + i % 447), address(0x0a000000 + i), 1 + i % 2)


def tcp(src, dst, sport, sequence, data):
    return ip(src, dst, 6, struct.pack(">HHIIBBHHH", sport, 4500, sequence, 1, 0x50, 0x10, 1024, 0, 0) + data)


def tcp_streams():
    """Connections that begin as RFC 9329 has it, and a record of each that never ends."""
    for i in times(100000):
        peer = address(0x0a000000 + i)
        message = bytes(4) + ike(i + 1, 0, 33, 34, 8, 0, INIT)
        yield tcp(peer, B, 40000, 1, b"IKETCP" + struct.pack(">H", 65535) + message)


def tcp_holes():
    """One connection of which every second segment is missing, and what is there comes backwards."""
    yield tcp(A, B, 40000, 1, b"IKETCP")
    for i in times(200000):
        place = i // 50 * 50 + 49 - i % 50
        yield tcp(A, B, 40000, 100 + place * 400, struct.pack(">H", 200) + bytes(4) + bytes(194))


def any_hosts():
    for i in times(300000):
        yield ip(address(random.getrandbits(32)), address(random.getrandbits(32)), 17, udp(53, 53, bytes(20)))


def keepalives():
    for i in times(200000):
        yield ip(address(0x0a000000 + i), B, 17, udp(1024 + i % 60000, 4500, b"\xff"))


def ports_of_one():
    """A translator that gives every packet another port."""
    for i in times(100000):
        text = bytes(4) + ike(2, 3, 46, 37, 8, i, SEALED)
        yield ip(A, B, 17, udp(1024 + i * 7 % 60000, 4500, text), i)


def moving_peer():
    for i in times(100000):
        yield ip(address(0x0a000000 + i), B, 17, udp(4500, 4500, bytes(4) + ike(2, 3, 46, 37, 8, i, SEALED)), i)


PACKETS = [first_fragments, tiny_fragments, overlapping_fragments, late_first_fragments, esp_spis, esp_pairs,
           half_open, half_open_answered, half_open_ports, one_pair, many_attempts, same_spi, busy_sas, one_sa,
           resends, notifies, notify_list, proposals, payload_chain, huge_lengths, pieces, nested,
           icmp_flood, arp_flood, tcp_streams, tcp_holes, any_hosts, keepalives, ports_of_one, moving_peer]

# --- files -----------------------------------------------------------------------------------

HEAD = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)


def record(packet, kind=0x0800):
    global time
    time += 300
    frame = (b"\2\0\0\0\0\1\2\0\0\0\0\2" + struct.pack(">H", kind) + packet) if packet else b""
    return struct.pack("<IIII", time // 1000000, time % 1000000, len(frame), len(frame)) + frame


def packets(shape, out):
    out.write(HEAD)
    for packet in shape():
        out.write(record(packet[1], packet[0]) if isinstance(packet, tuple) else record(packet))


def bomb(f):
    f.write(HEAD)
    for _ in times(512):
        f.write(bytes(1 << 20))


def gzip_bomb(out):
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9, mtime=0) as f:
        bomb(f)


def bzip2_bomb(out):
    with bz2.BZ2File(out, "wb") as f:
        bomb(f)


def xz_bomb(out):
    with lzma.LZMAFile(out, "wb", preset=0) as f:
        bomb(f)


def tiny_records(out):
    """Ten million frames without an octet."""
    out.write(HEAD)
    for i in times(1000):
        out.write(b"".join(struct.pack("<IIII", 1700000000 + i, k * 100, 0, 0) for k in range(10000)))


def block(kind, body):
    size = 12 + len(body)
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def interfaces(out):
    """pcapng with 100,000 interfaces, and a packet on each of the last ones."""
    out.write(block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)))
    for _ in times(100000):
        out.write(block(1, struct.pack("<HHI", 1, 0, 65535) + struct.pack("<HH", 2, 4) + b"eth0"))
    frame = record(ask(2))[16:]
    frame += bytes(-len(frame) % 4)
    for i in times(100000):
        out.write(block(6, struct.pack("<IIIII", i, 0, 1000 + i, len(frame), len(frame)) + frame))


def sections(out):
    head = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))
    for _ in times(300000):
        out.write(head + block(1, struct.pack("<HHI", 1, 0, 65535)))


def comments(out):
    """A pcapng whose blocks are as large as a block may be, and hold text only."""
    out.write(block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)))
    text = b"".join(struct.pack("<HH", 1, 65532) + b"x" * 65532 for _ in range(200))
    for _ in times(10):
        out.write(block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1) + text))


def lying_records(out):
    """Lengths of 4 GiB in the records themselves."""
    out.write(HEAD)
    for i in times(200000):
        out.write(struct.pack("<IIII", 1700000000, i % 1000000, (0xffffffff, 0x7fffffff, 262145)[i % 3], 60))
        out.write(bytes(60))


FILES = [gzip_bomb, bzip2_bomb, xz_bomb, tiny_records, interfaces, sections, comments, lying_records]
SHAPES = {f.__name__.replace("_", "-"): f for f in PACKETS + FILES}


def mixed(out, victim):
    """The frames of another capture in the middle of a flood of half-open SAs and ESP."""
    with open(victim, "rb") as f:
        data = f.read()
    found, at = [], 24
    while at + 16 <= len(data):
        cap = struct.unpack_from("<I", data, at + 8)[0]
        found.append(data[at:at + 16 + cap])
        at += 16 + cap
    out.write(data[:24])
    first = struct.unpack_from("<II", found[0])
    spread = 1000
    for k, kept in enumerate(found):
        seconds, micros = struct.unpack_from("<II", kept)
        for i in range(spread):
            n = k * spread + i
            frame = record(ask(n + 1, address(0x0a000000 + n)) if n % 2 else
                           esp(address(0x0b000000 + n), B, 0x10000 + n, 1))[16:]
            out.write(struct.pack("<IIII", *(first if k == 0 else (seconds, micros)), len(frame), len(frame)) + frame)
        out.write(kept)


if len(sys.argv) == 1:
    print("\n".join(SHAPES))
elif len(sys.argv) == 4 and sys.argv[1] == "mixed":
    with open(sys.argv[2], "wb") as out:
        mixed(out, sys.argv[3])
elif len(sys.argv) in (3, 4) and sys.argv[1] in SHAPES:
    part = float(sys.argv[3]) if len(sys.argv) == 4 else 1.0
    shape = SHAPES[sys.argv[1]]
    with open(sys.argv[2], "wb") as out:
        shape(out) if shape in FILES else packets(shape, out)
else:
    sys.exit(__doc__)
