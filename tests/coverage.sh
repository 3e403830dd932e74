#!/bin/sh
# usage: coverage.sh BUILD ROOM LEAST - what share of the lines ran, file by file as counted in BUILD, the
# fewest first; then that of the room as a whole. Fails when it is below LEAST percent.
set -eu
export LC_ALL=C

cd "$(dirname "$0")/.."
find "$1/dissect" "$1/analyzer" -name '*.gcda' -exec gcov -n {} + 2>/dev/null | awk -F "'" '
	/^File/ { file = $2 }
	/^Lines/ && file ~ /^(dissect|analyzer)/ {
		sub(/Lines executed:/, "")
		sub(/% of/, "")
		print $0, file
		file = ""
	}' | sort -n | awk -v room="$2" -v least="$3" '
	{
		printf "%6.2f%% of %4d  %s\n", $1, $2, $3
		all += $2
		ran += $1 / 100 * $2
	}
	index($3, room "/") == 1 {
		room_all += $2
		room_ran += $1 / 100 * $2
	}
	END {
		if (!room_all) {
			print room "/: nothing was counted"
			exit 1
		}
		share = 100 * room_ran / room_all
		printf "%6.2f%% of %4d  all\n", 100 * ran / all, all
		printf "%6.2f%% of %4d  %s/, at least %d%% wanted\n", share, room_all, room, least
		exit share < least
	}'
