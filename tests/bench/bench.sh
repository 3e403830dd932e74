#!/bin/sh
# usage: bench.sh [MEGABYTES [ROUNDS]] - time and memory on a generated capture, against a loop of
# libpcap that does nothing. BUILD (build) is where ikescope lies; without it the reader alone is measured.
# Everything it writes lies in one folder below TMPDIR, and goes with it.
set -eu

cd "$(dirname "$0")/../.."
megabytes=${1:-1024}
rounds=${2:-7}
build=${BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

tests/bench/generate.py "$megabytes" "$work/esp.pcap"
${CC:-cc} -O2 -o "$work/empty_loop" tests/bench/empty_loop.c -lpcap

if [ -f "$build/libikescope.a" ]; then
	trace=$(grep -h '^LIBS' "$build"/probe-*.mk 2>/dev/null | sed 's/.*+=//' | head -n 1)
	${CC:-cc} -O2 -I. -o "$work/read_loop" tests/bench/read_loop.c "$build/libikescope.a" \
		-lpcap -lz -lbz2 -llzma -lzstd -lcrypto -lseccomp $trace
	echo "reader alone"
	tests/bench/pair.py "$rounds" "$work/esp.pcap" "$work/read_loop" -- "$work/empty_loop"
fi
if [ -x "$build/ikescope" ]; then
	echo "ikescope -f json"
	tests/bench/pair.py "$rounds" "$work/esp.pcap" "$build/ikescope" -f json -- "$work/empty_loop"
fi
