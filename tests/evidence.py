#!/usr/bin/env python3
"""usage: evidence.py PROGRAM [CAPTURE...]

Holds `ikescope evidence` and --redact to what they promise, over the captures given, or every capture of
samples/. For each: the evidence file is judged as the capture is, redacted or not; tshark reads it, and
reads what we wrote; every filter that a report shows parses and selects the frames it is shown with; and
no output of a redacted run holds a value of the original, as octets or as text, nor a hash from which a
true address could be found. What needs tshark is left out where there is none.
"""
import hashlib, ipaddress, json, os, re, shutil, struct, subprocess, sys, tempfile

PROGRAM = os.path.abspath(sys.argv[1])
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TSHARK = shutil.which("tshark")
FIELDS = ["frame.number", "frame.time_epoch", "frame.interface_id", "frame.cap_len", "frame.len", "frame.encap_type"]
VALUES = ["ip.addr", "ipv6.addr", "eth.addr", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "icmpv6.nd.ns.target_address",
          "isakmp.ispi", "isakmp.rspi", "esp.spi", "udp.port", "isakmp.cert.data", "isakmp.key_exchange.data", "isakmp.nonce",
          "isakmp.hash", "isakmp.enc.data"]
KEPT_KINDS = ("127.0.0.0/8", "0.0.0.0/8", "240.0.0.0/4", "224.0.0.0/24", "::/120", "ff01::/112", "ff02::/112", "ff05::/112")
failed = []
PLAIN_TRIED = []  # one filter of frame numbers is like the other


def fail(capture, text):
    failed.append(capture)
    print("%s: %s" % (capture, text))


def run(words, stdin=None, codes=(0, 1, 3, 4)):
    done = subprocess.run([PROGRAM] + words, stdin=stdin or subprocess.DEVNULL, capture_output=True)
    if done.returncode not in codes:
        raise RuntimeError("ikescope %s: exit %d: %s" % (" ".join(words), done.returncode, done.stderr.decode()))
    return done.stdout


def report(words):
    model = json.loads(run(["-f", "json"] + words))
    return model if isinstance(model, list) else [model]


def tshark(words):
    done = subprocess.run([TSHARK, "-n"] + words, capture_output=True, env=dict(os.environ, LC_ALL="C.UTF-8"))
    if done.returncode:
        raise RuntimeError("tshark %s: %s" % (" ".join(words), done.stderr.decode()))
    return done.stdout.decode(errors="replace")


ROWS = {}


def rows_of(capture, more=()):
    """FIELDS and VALUES of every frame, as tshark reads them; a statistic may be asked for beside."""
    if capture not in ROWS or more:
        words = [w for x in FIELDS + VALUES for w in ("-e", x)]
        out = tshark(["-r", capture, "-T", "fields", "-E", "occurrence=a"] + words + list(more))
        rows, _, ROWS["statistic"] = out.partition("\n====")
        ROWS[capture] = [line.split("\t") for line in rows.splitlines() if line]
    return ROWS[capture]


def verdicts(models):
    """Of the capture and of each tunnel, in any order: ids, how sure, whose side."""
    def one(v):
        return (v["id"], v.get("confidence"), v.get("culprit"))
    return [(one(m["verdict"]), sorted(one(t["verdict"]) for t in m["tunnels"])) for m in models]


def count(capture, path, filters):
    """How many frames each selects, in one run; where one does not parse, each in its own."""
    try:
        rows_of(path, ["-z", "io,stat,0," + ",".join(filters)])
        row = re.search(r"^\| *[\d.]+ <> *[\d.]+ *\|([ \d|]*)", ROWS["statistic"], re.M).group(1)
        return [int(cell) for cell in row.split("|")[::2][:len(filters)]]
    except RuntimeError as e:
        if len(filters) == 1:
            fail(capture, "filter does not parse: %s: %s" % (filters[0], e))
            return [0]
        return [count(capture, path, [f])[0] for f in filters]


def check_filters(capture, model, files):
    if not TSHARK:
        return
    findings = [f for t in model["tunnels"] for f in t["findings"]] + model["findings"]
    for index, path in enumerate(files):
        asked = {}
        for f in findings:
            cited = sorted({n for c, n in f["evidence"]["frames"] if c == index})
            shown = f["evidence"].get("filter")
            if not shown or not cited:
                continue
            if re.fullmatch(r"frame\.number(==\d+| in \{[\d,]+\})", shown):
                if not PLAIN_TRIED or "{" in shown and "{" not in PLAIN_TRIED[-1]:
                    PLAIN_TRIED.append(shown)
                    if tshark(["-r", path, "-Y", shown, "-T", "fields", "-e", "frame.number"]).split() != list(map(str, cited)):
                        fail(capture, "%s does not select %s" % (shown, cited))
                continue
            asked["(%s) && (%s)" % (shown, " || ".join("frame.number==%d" % n for n in cited))] = (f["id"], shown, cited)
        for (finding, shown, cited), n in zip(asked.values(), count(capture, path, list(asked)) if asked else []):
            if n != len(cited):
                fail(capture, "%s: %s selects %d of the frames cited, %s" % (finding, shown, n, cited))


def check_with_tshark(capture, rows, evidence):
    """Times, lengths, link types of the frames kept, and a comment that names the frame."""
    if not TSHARK:
        return
    words = [w for f in FIELDS for w in ("-e", f)]
    before = {row[0]: row[1:len(FIELDS)] for row in rows}
    after = [l.split("\t") for l in tshark(["-r", evidence, "-T", "fields"] + words + ["-e", "frame.comment"]).splitlines()]
    if not after and before:
        fail(capture, "no frame in the evidence")
    for row in after:
        found = re.search(r"rame (\d+) of ", row[-1])
        if not found:
            fail(capture, "frame %s has no comment that names its original" % row[0])
            continue
        was = before.get(found.group(1))
        if was is None or was[0] != row[1] or was[2:] != row[3:-1]:
            fail(capture, "frame %s of the original was %s, is %s" % (found.group(1), was, row[1:-1]))


def walk(o, path=()):
    if isinstance(o, dict):
        for k, v in o.items():
            yield from walk(v, path + (k,))
    elif isinstance(o, list):
        for v in o:
            yield from walk(v, path)
    else:
        yield path, o


def is_kept(address):
    a = ipaddress.ip_address(address)
    return any(a in n for n in map(ipaddress.ip_network, KEPT_KINDS) if n.version == a.version)


class Originals:
    """Every value of a capture that must not be found again, as octets and as text."""

    def __init__(self, words, files, name):
        self.octets, self.texts, self.addresses, self.spis, self.ports = {}, {}, set(), set(), {500, 4500}
        for path, v in walk(json.loads(run(["facts"] + words))):
            if isinstance(v, str):
                self.of_fact(path, v)
        if TSHARK:
            for f in files:
                self.of_packets(f)
        for word in re.findall(r"[A-Za-z0-9]{4,}", name):
            if word not in ("pcap", "pcapng"):
                self.texts[word] = "file name"

    def address(self, text):
        try:
            a = ipaddress.ip_address(text)
        except ValueError:
            return False
        if not is_kept(text) and not a.is_multicast:
            self.addresses.add(a.packed)
            self.octets[a.packed] = self.texts[str(a)] = "address %s" % a
        return True

    def text(self, v, what):
        if len(v) >= 4 and not self.address(v):
            self.texts[v] = what
            self.octets[v.encode()] = what

    def of_fact(self, path, v):
        if self.address(v):
            return
        if path[-1] == "spi_i" or path[-1] == "spi_r":
            self.spi(v)
        elif path[-1] == "spi" and int(v, 16) > 255:
            self.octets[bytes.fromhex(v[2:])] = self.texts[v] = "SPI %s" % v
        elif "identities" in path and path[-1] == "text":
            self.text(v, "identity %s" % v)
        elif path[-1] in ("subject", "issuer", "leaf", "top"):
            for part in re.findall(r"=([^,=+]{4,})", v):
                self.text(part, "certificate name %s" % part)
        elif "certificates" in path and path[-1] == "text":
            self.text(v, "certificate name %s" % v)
        elif path[-1] == "hashes" and "authorities" in path:
            self.octets[bytes.fromhex(v)] = self.texts[v] = "CERTREQ hash %s" % v

    def spi(self, v):
        if int(v, 16):
            self.octets[bytes.fromhex(v)] = self.texts[v] = "IKE SPI %s" % v
        self.spis.add(bytes.fromhex(v))

    def of_packets(self, f):
        for row in rows_of(f):
            for field, values in zip(VALUES, row[len(FIELDS):]):
                for v in filter(None, values.split(",")):
                    self.of_field(field, v)

    def of_field(self, field, v):
        if field.startswith(("ip", "arp", "icmp")):
            self.address(v)
        elif field == "eth.addr" and not int(v[:2], 16) & 1 and v != "00:00:00:00:00:00":
            self.octets[bytes.fromhex(v.replace(":", ""))] = self.texts[v] = "MAC %s" % v
        elif field == "udp.port":
            self.ports.add(int(v))
        elif field.endswith("spi") and field.startswith("isakmp"):
            self.spi(v.replace(":", ""))
        elif field == "esp.spi" and int(v, 16) > 255:
            self.octets[int(v, 16).to_bytes(4, "big")] = "ESP SPI %s" % v
        elif field.startswith("isakmp.") and len(v) >= 32:
            self.octets[bytes.fromhex(v.replace(":", ""))[:16]] = field

    def nat_hashes(self, spis):
        """What a search over the true addresses would find."""
        for i in spis:
            for r in spis | {bytes(8)}:
                for a in self.addresses:
                    for port in self.ports:
                        for kind in ("md5", "sha1", "sha256"):
                            yield hashlib.new(kind, i + r + a + port.to_bytes(2, "big")).digest()


def check_leaks(capture, originals, outputs, mapped):
    text_values = [(v, w, re.compile(r"(?<![A-Za-z0-9])" + re.escape(v) + r"(?![A-Za-z0-9])")) for v, w in originals.texts.items()]
    for name, data in outputs.items():
        if name == "evidence":
            for v, what in originals.octets.items():
                if len(v) >= 4 and v in data:
                    fail(capture, "%s is in the redacted evidence, as octets" % what)
        text = data.decode("latin-1")
        for v, what, pattern in text_values:
            if pattern.search(text):
                fail(capture, "%s is in the redacted %s, as text" % (what, name))
    spis = originals.spis if len(originals.spis) <= 40 else set(sorted(originals.spis)[:40])
    known = {bytes.fromhex(v) for v in mapped.get("ike_spi", {}).values()}
    known = known if len(known) <= 40 else set(sorted(known)[:40])
    grams = {outputs["evidence"][k:k + 16] for k in range(len(outputs["evidence"]))}
    for hashed in list(originals.nat_hashes(spis)) + list(originals.nat_hashes(known)):
        if hashed[:16] in grams:
            fail(capture, "a NAT-D hash gives a true address back")
            break


def check(files, dir, name):
    capture = name
    telling = os.path.join(dir, "berlin-acmecorp-fw7" + os.path.splitext(files[0])[1])
    words = []
    for k, f in enumerate(files):
        words.append(telling if len(files) == 1 else telling.replace("fw7", "fw7%d" % k))
        shutil.copy(f, words[-1])
    before = report(words)
    plain, hidden, key, mapping = (os.path.join(dir, n) for n in ("plain.pcapng", "hidden.pcapng", "key", "map"))
    run(["evidence", "-o", plain] + words)
    run(["evidence", "-o", hidden, "--redact-key", key, "--redact-map", mapping] + words)
    for made, what in ((plain, "evidence"), (hidden, "redacted evidence")):
        after = report([made])
        if len(before) == 1 and verdicts(after) != verdicts(before):
            fail(capture, "%s is judged %s, the capture %s" % (what, verdicts(after), verdicts(before)))
    if len(files) == 1:
        check_with_tshark(capture, rows_of(words[0]) if TSHARK else [], plain)
    for model in before:
        paths = {os.path.basename(w): w for w in words}
        check_filters(capture, model, [paths[os.path.basename(c["file"])] for c in model["captures"]])
    outputs = {"evidence": open(hidden, "rb").read()}
    for form in ("text", "json"):
        outputs[form] = run(["-f", form, "-v", "--redact-key", key] + words)
    redacted = json.loads(outputs["json"])
    redacted = redacted if isinstance(redacted, list) else [redacted]
    if verdicts(redacted) != verdicts(before):
        fail(capture, "the redacted report has another verdict")
    check_leaks(capture, Originals(words, words, os.path.basename(telling)), outputs, json.load(open(mapping)))
    again = run(["evidence", "-f", "pcapng", "--redact-key", key] + words)
    if again != outputs["evidence"]:
        fail(capture, "the same key gives another file")


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def check_two_interfaces(dir):
    """One Ethernet and one of raw IP, with nanoseconds: kept in pcapng, refused by name for --pcap."""
    name, sample = "two interfaces", os.path.join(TOP, "samples", "wrong-pre-shared-key", "a.pcap")
    data, at, path = open(sample, "rb").read(), 24, os.path.join(dir, "two.pcapng")
    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    for link, title in ((1, b"outside"), (101, b"tunnel0")):
        out += block(1, struct.pack("<HHI", link, 0, 1600) + struct.pack("<HH", 2, 7) + title + b"\0" +
                     struct.pack("<HHB3x", 9, 1, 9))
    while at < len(data):
        s, us, cap, wire = struct.unpack("<IIII", data[at:at + 16])
        packet, at = data[at + 16:at + 16 + cap], at + 16 + cap
        for interface, cut in ((0, 0), (1, 14)):
            if not cut or packet[12:14] == b"\x08\0":
                ns = (s * 1000000 + us) * 1000 + 7 * interface
                body = packet[cut:]
                out += block(6, struct.pack("<IIIII", interface, ns >> 32, ns & 0xFFFFFFFF, len(body), len(body)) + body)
    open(path, "wb").write(out)
    made = os.path.join(dir, "made")
    done = subprocess.run([PROGRAM, "evidence", "--pcap", "-o", made, path], capture_output=True)
    if done.returncode != 3 or b"two.pcapng: has frames of link type RAW beside EN10MB" not in done.stderr or os.listdir(dir) != ["two.pcapng"]:
        fail(name, "--pcap is not refused: %d %s %s" % (done.returncode, done.stderr, os.listdir(dir)))
    made = run(["evidence", "-f", "pcapng", path])
    for expected in (b"outside\0", b"tunnel0\0", struct.pack("<HHI", 101, 0, 1600), struct.pack("<HHB", 9, 1, 9)):
        if expected not in made:
            fail(name, "%r is not in the evidence" % expected)
    if b"tunnel0" in run(["evidence", "--redact", "-f", "pcapng", path]):
        fail(name, "a redacted file names the interface")
    open(os.path.join(dir, "kept.pcapng"), "wb").write(made)
    if TSHARK:
        check_with_tshark(name, rows_of(path), os.path.join(dir, "kept.pcapng"))


def samples():
    root = os.path.join(TOP, "samples")
    for sample in sorted(os.listdir(root)):
        here = os.path.join(root, sample)
        files = sorted(f for f in os.listdir(here) if re.search(r"\.(pcap|cap|erf)", f))
        if len(files) > 1 and "ring" in sample:
            yield [os.path.join(here, f) for f in files], sample
        else:
            for f in files:
                yield [os.path.join(here, f)], "%s/%s" % (sample, f)


def main():
    captures = [([f], f) for f in sys.argv[2:]] or list(samples())
    with tempfile.TemporaryDirectory() as dir:
        for files, name in captures + [(None, "two interfaces")]:
            try:
                check(files, dir, name) if files else check_two_interfaces(dir)
            except (RuntimeError, ValueError, KeyError) as e:
                fail(name, str(e))
            ROWS.clear()
            for f in os.listdir(dir):
                os.remove(os.path.join(dir, f))
    print("%d of %d captures hold" % (len(captures) + 1 - len(set(failed)), len(captures) + 1))
    return bool(failed) or not captures


sys.exit(main())
