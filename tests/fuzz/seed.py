#!/usr/bin/env python3
"""usage: seed.py DIR - makes seeds for the fuzz targets out of samples/ and rules/, in DIR/TARGET.

What is kept of them in tests/fuzz/corpus is what the targets' -merge=1 leaves.
"""
import glob
import json
import os
import struct
import sys

LINKS = [1, 101, 113, 276, 0, 108, 9, 50, 51, 104, 12]  # frames.h
WORDS = ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "fe80::1%eth0", "256.1.1.1", "1::2::3",
         "2026-11-22T05:51:25.5Z", "2026-11-22 05:51", "2026-11-22T05:51:25+01:00", "05:51:25",
         "@1763790685", "@9000000001", "2026-02-31", "@1.9999999999", "23:59:60.5", "2026-11-22"]
MOST_FRAMES = 80


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


def put(target, name, data):
    os.makedirs(f"{sys.argv[1]}/{target}", exist_ok=True)
    with open(f"{sys.argv[1]}/{target}/{name}", "wb") as f:
        f.write(data)


def from_capture(path):
    name = path.split("/")[-2] + "-" + path.split("/")[-1].split(".")[0]
    with open(path, "rb") as f:
        data = f.read()
    put("capture", name, b"\0" + data[:3000])
    link, found = records(data)
    if found and link in LINKS:
        put("track", name, stream(link, found, 250000000))
        put("frame", name, stream(link, found[:20], 1000000000))
        for i, message in enumerate(messages(found)):
            put("ike", f"{name}-{i}", b"\0" + message)


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
        put("pipe", report.split("/")[1], json.dumps({"model": model, "key": key}).encode())
for rule in glob.glob("rules/*/*.lua"):
    with open(rule, "rb") as f:
        put("rule", "-".join(rule.split("/")[1:]).removesuffix(".lua"), f.read())
for i, word in enumerate(WORDS):
    put("options", f"word-{i}", word.encode())
