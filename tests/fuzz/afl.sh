#!/bin/sh
# usage: afl.sh [SECONDS [DIR]] - AFL++ (Debian's afl++) on whole.c, sanitized, for SECONDS (1200), with one
# core and small captures out of samples/ as seeds. DIR (build-afl) keeps what was built and found: run
# again, it goes on from there. Prints the totals; fails when something crashed or hung.
set -eu

cd "$(dirname "$0")/../.."
seconds=${1:-1200}
dir=${2:-build-afl}
export AFL_QUIET=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1
export ASAN_OPTIONS=abort_on_error=1:symbolize=0:detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1

make -j"$(nproc)" B="$dir" SANITIZE=1 CC=afl-clang-fast "$dir/libikescope.a" >"$dir.log" 2>&1 ||
	{ cat "$dir.log"; exit 1; }
rm -f "$dir.log"
libs=$(grep -h '^LIBS' "$dir"/probe-*.mk | sed 's/.*+=//')
afl-clang-fast -std=gnu11 -I. -D_GNU_SOURCE $(pkg-config --cflags lua5.4) -O1 -g -fsanitize=address,undefined \
	-fno-sanitize-recover=all -o "$dir/whole" tests/fuzz/whole.c "$dir/libikescope.a" $libs \
	$(pkg-config --libs libpcap libcrypto lua5.4 jansson zlib liblzma libzstd libseccomp) -lbz2 -lm
rm -rf "$dir/seeds"
tests/fuzz/seed.py "$dir/seeds"
from=$dir/seeds/whole
[ ! -d "$dir/found" ] || from=-

code=0
afl-fuzz -V "$seconds" -m none -t 3000 -i "$from" -o "$dir/found" -- "$dir/whole" @@ >"$dir/afl.log" 2>&1 || code=$?
grep -E '^(run_time|execs_done|execs_per_sec|corpus_count|edges_found|saved_crashes|saved_hangs|paths_total|unique_crashes|unique_hangs) ' \
	"$dir/found/default/fuzzer_stats"
[ "$code" = 0 ] || { tail -n 20 "$dir/afl.log"; exit 1; }
! find "$dir/found/default/crashes" "$dir/found/default/hangs" -name 'id*' | grep .
