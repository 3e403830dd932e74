#!/usr/bin/env python3
"""Counts of the program against those of tshark.

usage: oracle.py PROGRAM [-v] [PATH...]

A PATH is a capture, a folder of captures, or a catalogue: a file of JSON lines in which tshark's
counts stand already, beside the captures that they are about. Without one: the catalogue and the
labelled captures of ../shared, as far as they are there, and samples/. Captures without a catalogue
are given to tshark here, when it is installed.

Either may err. A difference that is proven to be tshark's stands in oracle-known.tsv: file, count,
reason; the count "refused" is a format that the program names and does not read. Every other one is
a failure, as is a known difference that is none (any more), and a run that ends badly.
"""
import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as tree
from collections import Counter
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
KNOWN = TOP / "tests" / "oracle-known.tsv"
ENDINGS = (".pcap", ".pcapng", ".cap", ".erf", ".snoop", ".gz", ".bz2", ".xz", ".zst")
ERRORS_V4 = {3, 4, 5, 11, 12}

# Names in a catalogue, and ours.
CATALOGUE = {
    "packets": "frames", "messages": "ike_messages", "sessions": "ike_initiator_spis",
    "ike_fragments": "ike_fragments", "natt_keepalives": "nat_keepalives",
    "esp_packets": "esp_packets", "esp_spis": "esp_spis", "ah_packets": "ah_packets",
    "ah_spis": "ah_spis", "ip_fragments": "ip_fragments", "icmp_errors": "icmp_errors",
}
EXCHANGES = {}


def read_tables():
    """Names of exchanges, as a catalogue writes them, from the tables of the program itself."""
    for table in ("ike1_exchange", "ike2_exchange"):
        for line in (TOP / "dissect" / "tables" / f"{table}.def").read_text().splitlines():
            if line.startswith("ROW("):
                number, name = [w.strip() for w in line[4:].split(",")[:2]]
                late = table == "ike1_exchange" and name == "INFORMATIONAL"
                EXCHANGES[name + ("_V1" if late else "")] = number


def catalogued(entry):
    counts = {ours: entry[theirs] for theirs, ours in CATALOGUE.items()}
    counts["ike_exchanges"] = {EXCHANGES.get(name, name.removeprefix("TYPE_")): n
                               for name, n in entry["exchanges"].items()}
    counts["ike_notifies"] = {str(number): n for number, n in entry["notify_codes"].items()}
    return counts


def values(layer, name):
    return [f.get("show") or "" for f in layer.iter("field") if f.get("name") == name]


def number(text):
    try:
        return int(text, 0)
    except ValueError:
        return 0


class Seen:
    """What tshark saw in one capture. What an ICMP error quotes lies below the layer of ICMP, or
    behind it: neither is looked at."""

    def __init__(self):
        self.n = Counter()
        self.exchanges, self.notifies = Counter(), Counter()
        self.initiators, self.esp, self.ah = set(), set(), set()

    def packet(self, packet):
        fragment = False
        self.n["frames"] += 1
        for layer in packet.findall("proto"):
            name = layer.get("name")
            if name == "ip":
                fragment |= any(map(number, values(layer, "ip.flags.mf") +
                                    values(layer, "ip.frag_offset")))
            elif name == "ipv6":
                fragment |= bool(values(layer, "ipv6.fraghdr.ident"))
            elif name == "icmp":
                kind = values(layer, "icmp.type")
                self.n["icmp_errors"] += bool(kind) and number(kind[0]) in ERRORS_V4
                break
            elif name == "icmpv6":
                kind = values(layer, "icmpv6.type")
                self.n["icmp_errors"] += bool(kind) and number(kind[0]) < 128
                break
            elif name in ("esp", "ah"):
                self.n[name + "_packets"] += 1
                getattr(self, name).update(values(layer, name + ".spi")[:1])
            elif name == "udpencap":
                self.n["nat_keepalives"] += bool(values(layer, "udpencap.nat_keepalive"))
            elif name == "isakmp":
                self.isakmp(layer)
        self.n["ip_fragments"] += fragment

    def isakmp(self, layer):
        exchange = values(layer, "isakmp.exchangetype")
        if not exchange:
            return
        self.n["ike_messages"] += 1
        self.exchanges[str(number(exchange[0]))] += 1
        self.notifies.update(values(layer, "isakmp.notify.msgtype"))
        self.initiators.update(s for s in values(layer, "isakmp.ispi")[:1] if set(s) - set("0:"))
        self.n["ike_fragments"] += bool(values(layer, "isakmp.frag.number") or
                                        values(layer, "isakmp.frag.packetid"))

    def counts(self):
        counts = {ours: self.n[ours] for ours in CATALOGUE.values()}
        counts.update(ike_exchanges=dict(self.exchanges), ike_notifies=dict(self.notifies),
                      ike_initiator_spis=len(self.initiators), esp_spis=len(self.esp),
                      ah_spis=len(self.ah))
        return counts


def ask_tshark(capture):
    seen = Seen()
    with subprocess.Popen(["tshark", "-n", "-r", str(capture), "-T", "pdml"], text=True,
                          errors="replace", stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as tshark:
        lines = None
        for line in tshark.stdout:
            if line.startswith("<packet>"):
                lines = []
            if lines is None:
                continue
            lines.append("".join(c if c.isprintable() else " " for c in line))
            if line.startswith("</packet>"):
                seen.packet(tree.fromstring("".join(lines)))
                lines = None
    return seen.counts()


def ask_program(program, capture):
    """(counts, complaint): one of the two."""
    try:
        run = subprocess.run([program, "-f", "json", str(capture)], capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        return None, "took more than a minute"
    if run.returncode not in (0, 1, 3, 4):
        return None, f"ended with {run.returncode}"
    try:
        told = json.loads(run.stdout)["captures"][0]
    except (ValueError, LookupError):
        return None, "refused" if run.returncode == 3 else "told no counts"
    if "worker_died" in told["notes"]:
        return None, "its worker died"
    return told["counts"], None


def cases(path):
    """(name, capture, counts of tshark) for all that a path means."""
    if path.suffix == ".jsonl":
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            if (path.parent / entry["file"]).exists():
                yield entry["file"], path.parent / entry["file"], lambda e=entry: catalogued(e)
        return
    if not shutil.which("tshark"):
        print(f"tshark is not installed: {path} is left out")
        return
    found = [path] if path.is_file() else sorted(p for p in path.rglob("*")
                                                 if p.suffix in ENDINGS and p.is_file())
    for capture in found:
        yield f"{capture.parent.name}/{capture.name}", capture, lambda c=capture: ask_tshark(c)


def read_known():
    known = {}
    for line in KNOWN.read_text().splitlines():
        if line and not line.startswith("#"):
            name, count, reason = line.split("\t")
            known.setdefault(name, {})[count] = reason
    return known


def differences(ours, theirs, known):
    wrong = [f"{count}: {ours.get(count)}, tshark {want}" for count, want in theirs.items()
             if ours.get(count) != want and count not in known]
    stale = [f"{count} is listed as different and is not" for count in known
             if count == "refused" or ours.get(count) == theirs.get(count)]
    return wrong + stale


def main():
    words = [w for w in sys.argv[1:] if w != "-v"]
    if not words or "-h" in words or "--help" in words:
        print(__doc__)
        return 2
    shared = Path(os.environ.get("SHARED", TOP.parent / "shared"))
    usual = [shared / "corpus" / "CATALOG-expect.jsonl", shared / "captures", TOP / "samples"]
    paths = [Path(w) for w in words[1:]] or [p for p in usual if p.exists()]
    known, same, total, explained = read_known(), 0, 0, 0
    read_tables()
    for path in paths:
        for name, capture, theirs in cases(path):
            counts, complaint = ask_program(words[0], capture)
            listed = known.get(name, {})
            total += 1
            if complaint == "refused" and ("refused" in listed or not theirs()["frames"]):
                wrong = []
            elif complaint:
                wrong = [complaint]
            else:
                wrong = differences(counts, theirs(), listed)
            same += not wrong
            explained += bool(listed) and not wrong
            if wrong or "-v" in sys.argv:
                print(f"{name}: {'; '.join(wrong) or 'same'}", flush=True)
    print(f"{same} of {total} captures agree, {explained} of them with a known difference")
    return same != total


if __name__ == "__main__":
    sys.exit(main())
