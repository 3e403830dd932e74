#!/bin/sh
# usage: hostile.sh PROGRAM [PART] - floods, bombs and lies of tests/bench/hostile.py, each twice.
#
# Each must end by itself with an exit code of a report, in 30 s of CPU time and 256 MB; the report must
# name the tables that were full; two runs must not differ in an octet, although the hashes are seeded
# anew. So must the samples. A real tunnel in the middle of a flood must be judged as it is without.
set -eu
export LC_ALL=C

cd "$(dirname "$0")/.."
program=$(realpath "$1")
part=${2:-1}
seconds=30
megabytes=256
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# What the limits of the report, or the notes on the capture, must name.
full='
esp-spis flows
half-open tunnels
half-open-answered tunnels
half-open-ports attempts
first-fragments tunnels
esp-pairs tunnels
many-attempts attempts
same-spi tunnels
busy-sas attempts
one-pair attempts
icmp-flood icmp_errors
tcp-streams stream_gaps
tcp-holes stream_gaps
gzip-bomb bomb
bzip2-bomb bomb
xz-bomb bomb
interfaces damaged
lying-records damaged
'

fail() {
	echo "FAIL  $*"
	failed=$((failed + 1))
}

limits() {
	python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
print(*(l["id"] for l in r["limits"]), *(n for c in r["captures"] for n in c["notes"]))' "$1"
}

verdict() {
	python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["verdict"]["id"])' "$1"
}

# run NAME ARGUMENTS...: bounded, twice, the same; the report is $work/1.json.
run() {
	name=$1
	shift
	for n in 1 2; do
		code=0
		tests/bench/bounded.py $seconds $megabytes "$program" -f json "$@" \
			>"$work/$n.json" 2>"$work/said" || code=$?
		took=$(tail -n 1 "$work/said")
		case $code in
		0 | 1 | 3 | 4) ;;
		*) fail "$name: $took" && cat "$work/said" && return 1 ;;
		esac
	done
	cmp -s "$work/1.json" "$work/2.json" || { fail "$name: two runs differ" && return 1; }
	[ $# != 1 ] || [ "${quiet:-}" ] || printf 'ok    %-22s %s\n' "$name" "$took"
}

for shape in $(tests/bench/hostile.py); do
	tests/bench/hostile.py "$shape" "$work/capture" "$part"
	run "$shape" "$work/capture" || continue
	for limit in $(echo "$full" | awk -v shape="$shape" '$1 == shape { print $2 }'); do
		[ "$part" != 1 ] || limits "$work/1.json" | grep -qw "$limit" ||
			fail "$shape: the report does not name $limit, but: $(limits "$work/1.json")"
	done
done

quiet=yes
for sample in samples/*/*.pcap*; do
	run "$sample" "$sample" || continue
done
for sample in wrong-pre-shared-key no-common-proposal esp-dropped; do
	capture=samples/$sample/a.pcap
	run "$sample" "$capture" || continue
	alone=$(verdict "$work/1.json")
	tests/bench/hostile.py mixed "$work/capture" "$capture"
	run "$sample in a flood" "$work/capture" || continue
	[ "$(verdict "$work/1.json")" = "$alone" ] ||
		fail "$sample in a flood: $(verdict "$work/1.json"), alone: $alone"
done

echo "$failed failed"
[ $failed = 0 ]
