#!/usr/bin/env python3
"""usage: bounded.py SECONDS MEGABYTES COMMAND...

Runs the command, and says on standard error what it took: "exit CODE, SECONDS s, MEGABYTES MB" (CPU
time of all its processes, memory of the largest). Exits with its code, or 99 when it took more.
"""
import resource
import subprocess
import sys

if len(sys.argv) < 4:
    sys.exit(__doc__)
seconds, megabytes = float(sys.argv[1]), float(sys.argv[2])
try:
    code = subprocess.run(sys.argv[3:], timeout=seconds * 10).returncode
except subprocess.TimeoutExpired:
    code = "none"
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu, memory = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
print(f"exit {code}, {cpu:.1f} s, {memory:.0f} MB", file=sys.stderr)
sys.exit(99 if code == "none" or code < 0 or cpu > seconds or memory > megabytes else code)
