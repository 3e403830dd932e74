#!/bin/sh
# usage: confusion.sh [--write] - holds the verdict on every sample and labelled view to tests/confusion.tsv.
#
# A row: the view (a sample, or end a or b of a labelled case in ../shared/captures), then the verdict of
# the whole capture: id, confidence, culprit, step. Another id, culprit or step, or less confidence, fails;
# more confidence is told and passes. --write rewrites the table: the diff is what gets reviewed. Rows of
# cases that are not on this machine are kept and not looked at. The program is IKESCOPE_BIN, or build/ikescope.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
export TZ=UTC LC_ALL=C.UTF-8
exec python3 - "$top" "${IKESCOPE_BIN:-$top/build/ikescope}" "${SHARED:-$top/../shared}/captures" "$@" <<'END'
import concurrent.futures, json, pathlib, subprocess, sys

top, program, cases = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
write = sys.argv[4:] == ["--write"]
table = top / "tests" / "confusion.tsv"
columns = ("id", "confidence", "culprit", "step")
grades = ("", "possible", "likely", "confirmed")


def samples():
    for folder in sorted((top / "samples").iterdir()):
        if not folder.is_dir():
            continue
        if (folder / "command").exists():
            words = (folder / "command").read_text().split()
        else:
            words = sorted(f.name for f in folder.iterdir()
                           if any(part in f.name for part in (".pcap", ".cap", ".erf")))
        if words and words[0] not in ("compare", "explain", "howto", "ticket", "evidence"):
            yield f"samples/{folder.name}", folder, words


def labelled():
    for label in sorted(cases.glob("*/label.json")):
        files = json.loads(label.read_text())["files"]["captures"]
        for side in ("a", "b", "both"):
            own = [f for f in files if pathlib.Path(f).name.split(".")[0].split("-")[0] == side]
            if own:
                yield f"{label.parent.name} {side}", label.parent, own


def judged(view):
    name, folder, words = view
    run = subprocess.run([program, *words, "-f", "json"], cwd=folder, capture_output=True, timeout=120)
    try:
        verdict = json.loads(run.stdout)["verdict"]
    except (ValueError, KeyError, TypeError):
        return name, (f"exit {run.returncode}", "", "", "")
    return name, tuple(str(verdict.get(c, "")) for c in columns)


def worse(old, new):
    if old[0] != new[0] or old[2:] != new[2:]:
        return True
    return grades.index(new[1]) < grades.index(old[1]) if {old[1], new[1]} <= set(grades) else old != new


views = list(samples()) + list(labelled())
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    now = dict(pool.map(judged, views))
known = {}
if table.exists():
    for line in table.read_text().splitlines():
        if line and not line.startswith("#"):
            name, *rest = line.split("\t")
            known[name] = tuple(rest)

if write:
    kept = {n: v for n, v in known.items() if not n.startswith("samples/") and not cases.is_dir()}
    rows = {**kept, **now}
    order = sorted(rows, key=lambda n: (not n.startswith("samples/"), n))
    table.write_text("# view\t" + "\t".join(columns) + "\n" + "".join("\t".join((n, *rows[n])) + "\n" for n in order))
    print(f"{len(rows)} views written")
    sys.exit(0)

bad = []
for name, got in now.items():
    want = known.get(name)
    if want is None:
        bad.append((name, "not in the table (make confusion)", " ".join(got)))
    elif worse(want, got):
        bad.append((name, " ".join(want), " ".join(got)))
    elif want != got:
        print(f"{name}: surer than recorded: {' '.join(got)}")
gone = [n for n in known if n.startswith("samples/") and n not in now]
bad += [(n, " ".join(known[n]), "no such sample (make confusion)") for n in gone]
if bad:
    wide = [max(len(row[i]) for row in bad + [("view", "expected", "got")]) for i in (0, 1)]
    for row in [("view", "expected", "got")] + bad:
        print(f"{row[0]:{wide[0]}}  {row[1]:{wide[1]}}  {row[2]}")
print(f"{len(now)} views, {len(bad)} for the worse")
sys.exit(1 if bad or not now else 0)
END
