#!/bin/sh
# usage: layers.sh - includes point one way, down this staircase:
#
#   cli -> serve, archive -> worker -> run -> report, explain, evidence, compare -> judge -> track
#       -> dissect.h -> capture, net, ike, ipsec -> base
#
# A room may include what its row names: a folder (with its slash) or one header. Written from the top,
# so that the room shows in the line. "the-door" is dissect.h with the three headers that it shows.
# Before it looks at the tree, the script looks at trees of its own that it must refuse.
set -eu
export LC_ALL=C

table='
dissect/base/       dissect/base/
dissect/capture/    dissect/capture/ dissect/base/
dissect/net/        dissect/net/ dissect/base/
dissect/ike/        dissect/ike/ dissect/tables/ dissect/base/
dissect/ipsec/      dissect/ipsec/ dissect/base/
dissect/tables/     dissect/tables/
dissect/            dissect/dissect.h dissect/capture/ dissect/net/ dissect/ike/ dissect/ipsec/ dissect/base/
analyzer/track/     analyzer/track/ the-door dissect/base/
analyzer/judge/     analyzer/judge/ analyzer/track/ dissect/base/
analyzer/report/    analyzer/report/ analyzer/judge/ analyzer/track/ dissect/base/
analyzer/explain/   analyzer/explain/ analyzer/report/ analyzer/judge/ analyzer/track/fields.h the-door dissect/base/
analyzer/compare/   analyzer/compare/ analyzer/track/track.h analyzer/track/fields.h the-door dissect/base/
analyzer/evidence/  analyzer/evidence/ analyzer/report/ analyzer/track/fields.h the-door dissect/capture/capture.h dissect/net/ dissect/base/
analyzer/run/       analyzer/run/ analyzer/report/ analyzer/compare/ analyzer/evidence/ analyzer/judge/ analyzer/track/ the-door dissect/capture/capture.h dissect/base/
analyzer/worker/    analyzer/worker/ analyzer/run/ analyzer/evidence/ dissect/base/
analyzer/archive/   analyzer/archive/ analyzer/worker/ analyzer/run/ analyzer/report/ dissect/base/
analyzer/serve/     analyzer/serve/ analyzer/worker/ analyzer/run/ analyzer/report/ dissect/base/
analyzer/cli/       analyzer/ the-door dissect/capture/capture.h dissect/base/
'
the_door='dissect/dissect.h dissect/net/addr.h dissect/ike/ike.h dissect/ipsec/esp.h'

# Says every include of the tree at $1 that climbs, as file:line: and why; fails when there is one.
climbs() {
	(cd "$1" && find dissect analyzer -type f \( -name '*.[ch]' -o -name '*.def' \) | sort |
	 xargs -r grep -nE '^[[:space:]]*#[[:space:]]*include' /dev/null) |
	awk -v table="$table" -v the_door="$the_door" '
	BEGIN {
		rows = split(table, row, "\n")
		for (i = 1; i <= rows; i++) {
			sub(/the-door/, the_door, row[i])
			n = split(row[i], word, " ")
			if (n > 1)
				room[++rooms] = word[1]
			for (j = 2; j <= n; j++)
				may[word[1], j - 1] = word[j]
		}
	}
	function starts(s, with) {
		return substr(s, 1, length(with)) == with
	}
	function room_of(file,    i, found) { # the longest that fits
		for (i = 1; i <= rooms; i++)
			if (starts(file, room[i]) && length(room[i]) > length(found))
				found = room[i]
		return found
	}
	function allowed(in_room, header,    i) {
		for (i = 1; (in_room, i) in may; i++)
			if (starts(header, may[in_room, i]))
				return 1
		return 0
	}
	function complain(why) {
		printf "%s:%s: %s\n", file, line, why
		bad = 1
	}
	{
		split($0, part, ":")
		file = part[1]
		line = part[2]
		ours = match($0, /"[^"]*"/)
		if (!ours && !match($0, /<(dissect|analyzer)\/[^>]*>/))
			next
		seen = 1
		header = substr($0, RSTART + 1, RLENGTH - 2)
		if (header !~ /^(dissect|analyzer)\//)
			complain("\"" header "\" is not written from the top")
		else if (!room_of(file))
			complain("stands in no room of tests/layers.sh")
		else if (!allowed(room_of(file), header))
			complain(room_of(file) " may not include \"" header "\"")
	}
	END {
		if (!seen) {
			print "found nothing to look at"
			bad = 1
		}
		exit bad
	}'
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# expect fine|refused FILE INCLUDE: a tree of one file with one include.
expect() {
	mkdir -p "$scratch/dissect" "$scratch/analyzer" "$scratch/$(dirname "$2")"
	echo "#include $3" >"$scratch/$2"
	got=refused
	climbs "$scratch" >"$scratch/said" && got=fine
	if [ "$got" != "$1" ]; then
		echo "layers.sh does not do its work: $2 with $3 is $got, not $1"
		exit 1
	fi
	rm -r "$scratch/dissect" "$scratch/analyzer"
}
expect refused dissect/base/map.c        '"dissect/net/addr.h"'
expect refused dissect/net/udp.c         '"dissect/ike/ike.h"'
expect refused dissect/net/udp.c         '"dissect/capture/capture.h"'
expect refused dissect/ike/header.c      '"dissect/net/addr.h"'
expect refused dissect/ipsec/esp.c       '"dissect/tables/notify.def"'
expect refused dissect/net/link.c        '"analyzer/track/track.h"'
expect refused analyzer/track/tunnel.c   '"dissect/net/udp.h"'
expect refused analyzer/track/tunnel.c   '"analyzer/judge/judge.h"'
expect refused analyzer/judge/finding.c  '"analyzer/report/report.h"'
expect refused analyzer/report/text.c    '<analyzer/run/run.h>'
expect refused analyzer/report/text.c    '"report.h"'
expect refused analyzer/attic/old.c      '"dissect/dissect.h"'
expect fine    dissect/ike/names.c       '"dissect/tables/notify.def"'
expect fine    analyzer/track/tunnel.c   '"dissect/dissect.h"'
expect fine    analyzer/track/state.h    '"dissect/base/map.h"'
expect fine    analyzer/run/run.c        '"dissect/capture/capture.h"'
expect fine    analyzer/cli/main.c       '"analyzer/run/run.h"'

climbs "$(dirname "$0")/.."
