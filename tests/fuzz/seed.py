#!/usr/bin/env python3
"""usage: seed.py DIR - makes seeds for the fuzz targets out of samples/ and rules/, in DIR/TARGET.

What is kept of them in tests/fuzz/corpus is what the targets' -merge=1 leaves.
"""
import glob
import json
import os
import re
import struct
import subprocess
import sys

LINKS = [1, 101, 113, 276, 0, 108, 9, 50, 51, 104, 12]  # frames.h
WORDS = ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "fe80::1%eth0", "256.1.1.1", "1::2::3",
         "2026-11-22T05:51:25.5Z", "2026-11-22 05:51", "2026-11-22T05:51:25+01:00", "05:51:25",
         "@1763790685", "@9000000001", "2026-02-31", "@1.9999999999", "23:59:60.5", "2026-11-22"]
MOST_FRAMES = 80
MOST_WHOLE = 12000  # octets of a seed for AFL++, which is slow with large ones


def records(data):
    """Link type and (nanoseconds, wire length, octets) of each record of a little-endian pcap."""
    magic, link = struct.unpack_from("<I16xI", data)
    if magic not in (0xa1b2c3d4, 0xa1b23c4d):
        return 1, []
    found, at = [], 24
    while at + 16 <= len(data):
        seconds, part, cap, wire = struct.unpack_from("<IIII", data, at)
        time = seconds * 10**9 + part * (1000 if magic == 0xa1b2c3d4 else 1)
        found.append((time, wire, data[at + 16:at + 16 + cap]))
        at += 16 + cap
    return link, found


def stream(link, found, unit):
    out, before = [bytes([LINKS.index(link), 0])], found[0][0] if found else 0
    for time, wire, octets in found[:MOST_FRAMES]:
        steps = max(-128, min(127, (time - before) // unit))
        before += steps * unit
        out.append(struct.pack(">HBb", len(octets), min(255, wire - len(octets)), steps) + octets)
    return b"".join(out)


def messages(found):
    """What stands behind a UDP header at the place where most captures have it."""
    for _, _, octets in found:
        for at in (42, 46, 44, 48):
            if octets[at + 17:at + 18] in (b"\x20", b"\x10") and octets[at:at + 8].strip(b"\0"):
                yield octets[at:]
                break


def tcp(sequence, payload):
    head = struct.pack(">HHIIBBHHH", 40000, 4500, sequence, 1, 0x50, 0x18, 1024, 0, 0)
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0, b"\xc0\0\2\1",
                       b"\xcb\0q\x09") + head + payload


def in_tcp(found, most):
    """IKE messages as RFC 9329 carries them: raw IP packets whose segments end where no record does."""
    octets = b"IKETCP" + b"".join(struct.pack(">HI", len(m) + 6, 0) + m for m in found)[:64000]
    cuts = list(range(0, len(octets), most)) + [len(octets)]
    return [(0, 40 + b - a, tcp(1000 + a, octets[a:b])) for a, b in zip(cuts, cuts[1:])]


def segments(port, records, cuts, flags=0):
    """A stream of fuzz_tcp_encap.c: records, cut at some places and handed in that order."""
    octets = b"IKETCP" + b"".join(struct.pack(">H", len(r) + 2) + r for r in records)
    parts = [struct.pack(">BHBBB", flags, a, min(255, b - a), 0, a // 16) for a, b in cuts(len(octets))]
    return bytes([len(parts), port]) + b"".join(parts) + octets


def in_order(n):
    return [(0, 8)] + [(a, a + 11) for a in range(8, n, 11)]


def mixed_up(n):
    cuts = in_order(n)
    return cuts[:1] + cuts[3:6] + cuts[:4] + cuts[6:][::-1] + [(0, n), (20, 60)]


def lossy(n):
    return in_order(n)[:4] + in_order(n)[6:]


def new_certificate(subject, extensions):
    words = [w for e in extensions for w in ("-addext", e)]
    return subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "/dev/null", "-utf8",
                           "-subj", subject, "-days", "400", "-outform", "DER", *words],
                          check=True, capture_output=True).stdout


def of_header(path):
    """The arrays of octets in a C header."""
    with open(path) as f:
        for array in re.findall(r"\[\] = \{([^}]*)\}", f.read()):
            yield bytes(int(word, 16) for word in re.findall(r"0x[0-9a-f]{2}", array))


def pcap(link, found):
    """A capture of the first of these frames."""
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link)
    for time, wire, octets in found:
        if len(out) + len(octets) > MOST_WHOLE:
            break
        out += struct.pack("<IIII", time // 10**9, time // 1000 % 10**6, len(octets), wire) + octets
    return out


def put(target, name, data):
    os.makedirs(f"{sys.argv[1]}/{target}", exist_ok=True)
    with open(f"{sys.argv[1]}/{target}/{name}", "wb") as f:
        f.write(data)


def from_capture(path):
    name = path.split("/")[-2] + "-" + path.split("/")[-1].split(".")[0]
    with open(path, "rb") as f:
        data = f.read()
    put("capture", name, data[:3000])
    link, found = records(data)
    if found:
        put("whole", name, pcap(link, found))
    if found and link in LINKS:
        put("track", name, stream(link, found, 250000000))
        put("frame", name, stream(link, found[:20], 1000000000))
        said = list(messages(found))
        for i, message in enumerate(said):
            put("ike", f"{name}-{i}", b"\0" + message)
        if said:
            put("whole", f"{name}-tcp", pcap(12, in_tcp(said[:6], 400)))
            for most in (400, 1400):
                put("frame", f"{name}-tcp-{most}", stream(12, in_tcp(said[:6], most), 10**9))
                put("track", f"{name}-tcp-{most}", stream(12, in_tcp(said[:12], most), 250000000))


if len(sys.argv) != 2:
    sys.exit(__doc__)
os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
for capture in glob.glob("samples/*/*.pcap*"):
    from_capture(capture)
for report in glob.glob("samples/*/report.json"):
    with open(report) as f:
        model = json.load(f)
    if isinstance(model, dict):
        key = {"first_ns": 1, "last_ns": 2, "pairs": [["192.0.2.1", "203.0.113.9"]]}
        trouble = [{"file": 1, "usage": False, "text": "no such file"}]
        put("pipe", report.split("/")[1],
            json.dumps({"result": {"model": model, "key": key}, "troubles": trouble}).encode())
for rule in glob.glob("rules/*/*.lua"):
    with open(rule, "rb") as f:
        put("rule", "-".join(rule.split("/")[1:]).removesuffix(".lua"), f.read())
for i, certificate in enumerate(of_header("tests/support/certificates.h")):
    put("x509", f"header-{i}", certificate)
    put("x509", f"name-{i}", certificate[certificate.find(b"\x30\x31\x31\x0b"):][:51])
put("x509", "rich", new_certificate("/C=DE/O=Müller GmbH/OU=a\\/b/CN=gw.example/emailAddress=ops@example.net", [
    "subjectAltName=DNS:gw.example,DNS:*.example,IP:192.0.2.1,IP:2001:db8::1,email:ops@example.net,"
    "URI:http://gw.example/,otherName:1.2.3.4;UTF8:other",
    "extendedKeyUsage=serverAuth,clientAuth,1.3.6.1.5.5.8.2.2,1.2.3.4.5",
    "crlDistributionPoints=URI:http://crl.example/a,URI:ldap://crl.example/b",
    "authorityInfoAccess=OCSP;URI:http://ocsp.example/,caIssuers;URI:http://ca.example/",
    "keyUsage=digitalSignature,keyEncipherment"]))
put("x509", "plain", new_certificate("/CN=a", ["basicConstraints=critical,CA:FALSE"]))
RECORDS = [b"I" + bytes(30)] + [b"E1\0\0\0\0\0" + bytes([i]) + bytes(20) for i in range(6)] + [b".", b""]
for cuts in (in_order, mixed_up, lossy):
    for port in range(3):
        put("tcp_encap", f"{cuts.__name__}-{port}", segments(port, RECORDS, cuts))
    put("tcp_encap", f"{cuts.__name__}-back", segments(1, RECORDS, cuts, 8))
for i, word in enumerate(WORDS):
    put("options", f"word-{i}", word.encode())
