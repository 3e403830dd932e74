#!/usr/bin/env python3
"""usage: pair.py ROUNDS FILE PROGRAM [WORD...] -- PROGRAM [WORD...]

Runs both programs in turn with FILE as their last word, the first to warm up and then ROUNDS times,
and compares user + system time: the quietest pair, and the ratios of all pairs. Memory is sampled
while the first warms up.
"""
import os
import statistics
import subprocess
import sys
import threading


def descendants(pid):
    found = [pid]
    for each in found:
        try:
            with open(f"/proc/{each}/task/{each}/children") as f:
                found += [int(child) for child in f.read().split()]
        except OSError:
            pass
    return found


def memory(pid):
    """KiB of all its processes now, and the most of one of them since it began."""
    total = peak = 0
    for each in descendants(pid):
        try:
            with open(f"/proc/{each}/status") as f:
                said = dict(line.split(":", 1) for line in f)
            total += int(said["VmRSS"].split()[0])
            peak = max(peak, int(said["VmHWM"].split()[0]))
        except (OSError, KeyError):
            pass
    return total, peak


def run(words, watch=False):
    """Seconds of the processor; KiB of all together and of the largest process, when watched."""
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    most = [0, 0]
    done = threading.Event()

    def sample():
        while not done.wait(0.005):
            most[:] = map(max, most, memory(child.pid))

    if watch:
        watcher = threading.Thread(target=sample)
        watcher.start()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    done.set()
    if watch:
        watcher.join()
    if child.returncode < 0:
        sys.exit(f"{words[0]}: killed by signal {-child.returncode}")
    return usage.ru_utime + usage.ru_stime, most[0], most[1]


rest = sys.argv[3:]
if "--" not in rest or not sys.argv[1].isdigit():
    sys.exit(__doc__)
at = rest.index("--")
ours, theirs = rest[:at] + [sys.argv[2]], rest[at + 1:] + [sys.argv[2]]
_, together, largest = run(ours, watch=True)
run(theirs)
pairs = [(run(ours)[0], run(theirs)[0]) for _ in range(int(sys.argv[1]))]
ratios = [a / b for a, b in pairs]
quietest = min(pairs, key=sum)
print(f"time     {quietest[0]:.3f} s against {quietest[1]:.3f} s")
print(f"ratio    median {statistics.median(ratios):.3f}, {min(ratios):.3f} to {max(ratios):.3f}")
print(f"memory   {largest} KiB in the largest process, {together} KiB in all at once")
