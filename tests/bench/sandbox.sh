#!/bin/sh
# usage: sandbox.sh [PAIRS] - what the lock costs a worker, against a process that only begins and ends.
# BUILD (build) is where libikescope.a lies. Fails above half as much again.
set -eu

cd "$(dirname "$0")/../.."
build=${BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

trace=$(grep -h '^LIBS' "$build"/probe-*.mk 2>/dev/null | sed 's/.*+=//' | head -n 1)
${CC:-cc} -O2 -I. -D_GNU_SOURCE $(pkg-config --cflags lua5.4) -o "$work/fork_loop" tests/bench/fork_loop.c "$build/libikescope.a" \
	-llua5.4 -ljansson -lseccomp -lpcap -lz -lbz2 -llzma -lzstd -lcrypto -lm $trace
"$work/fork_loop" "${1:-1000}"
