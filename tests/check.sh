#!/bin/sh
# usage: check.sh BUILD - runs every test of the tree against what is built in BUILD; BUILT=no says that
# not everything could be built. Goes on after a failure; the last line sums up: "N passed, M failed".
# A test finds its surroundings in TOP, IKESCOPE_BIN and SHARED (which need not exist).
set -u

cd "$(dirname "$0")/.."
build=$1
TOP=$(pwd)
IKESCOPE_BIN=$TOP/$build/ikescope
SHARED=$TOP/../shared
export TOP IKESCOPE_BIN SHARED
export CK_TIMEOUT_MULTIPLIER=10 TZ=UTC LC_ALL=C.UTF-8
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"

passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

tell() { # passed failed name: a line for each test, and what it said when it failed
	passed=$((passed + $1))
	failed=$((failed + $2))
	if [ "$2" = 0 ]; then
		printf 'ok    %4d  %s\n' "$1" "$3"
	else
		printf 'FAIL  %4d  %s\n' "$2" "$3"
		sed 's/^/      | /' "$log"
	fi
}

# One program of Check: its own counts, and one more failure when it ended badly without counting any.
suite() {
	if [ ! -x "$build/$1" ]; then
		echo "did not build" >"$log"
		tell 0 1 "$1"
		return
	fi
	code=0
	timeout 900 "$build/$1" >"$log" 2>&1 </dev/null || code=$?
	set -- "$1" $(awk -F '[:,] *' '/^[0-9]+%: Checks: / { ran += $3; bad += $5 + $7 }
		END { print ran + 0, bad + 0 }' "$log")
	if [ "$2" = 0 ]; then
		echo "ran no test, exit $code" >>"$log"
		tell 0 1 "$1"
	elif [ "$3" = 0 ] && [ "$code" != 0 ]; then
		echo "exit $code" >>"$log"
		tell "$2" 1 "$1"
	else
		tell $(($2 - $3)) "$3" "$1"
	fi
}

# Anything else: passes or fails as one.
script() {
	name=$1
	shift
	if timeout 1800 "$@" >"$log" 2>&1 </dev/null; then
		tell 1 0 "$name"
	else
		echo "exit $?" >>"$log"
		tell 0 1 "$name"
	fi
}

if [ "${BUILT:-yes}" != yes ]; then
	echo "see the messages of the compiler above" >"$log"
	tell 0 1 "build"
fi

for source in tests/unit/test_*.c tests/property/test_*.c; do
	[ -f "$source" ] && suite "${source%.c}"
done

script tests/layers.sh tests/layers.sh
script tests/rooms.sh tests/rooms.sh "$build"
script tests/pot.sh tests/pot.sh
script tests/scenes "$build/tests/scenes/scenes"
if [ -x "$IKESCOPE_BIN" ]; then
	script tests/ends "$build/tests/ends/ends"
	script "rules lint" "$IKESCOPE_BIN" rules lint
	script "rules test" "$IKESCOPE_BIN" rules test
	script tests/golden.sh tests/golden.sh
	script tests/confusion.sh tests/confusion.sh
	script tests/cli.sh tests/cli.sh
else
	echo "no $build/ikescope: rules and samples are left out"
fi

for page in man/*.[1-8]; do
	[ -f "$page" ] && command -v mandoc >/dev/null && script "$page" mandoc -T lint -W error "$page"
done

for corpus in tests/fuzz/corpus/*/; do
	target=fuzz_$(basename "$corpus")
	[ -x "$build/tests/fuzz/$target" ] || continue
	script "replay $target" find "$corpus" -type f -exec "$build/tests/fuzz/$target" {} +
done

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
