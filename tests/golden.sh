#!/bin/sh
# usage: golden.sh [--write] [SAMPLE...] - holds every samples/NAME/ to its expected reports.
#
# The words of samples/NAME/command (those after "ikescope"), or else the captures in order of name, are run
# in that folder, so that no path shows. Expected: report.txt, report.json, and the exit code in exit; where
# ticket.txt, report.html or report.md stand, those too, the style of pages left out.
# --write writes them instead: the diff is what gets reviewed. What changes with every release (version,
# content hash of the rules) or with the system (sandbox) is masked. The program is IKESCOPE_BIN, or build/ikescope.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
program=${IKESCOPE_BIN:-$top/build/ikescope}
schemas=$top/analyzer/report
export TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1 COLUMNS=100
write=no
[ "${1:-}" != --write ] || { write=yes; shift; }

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
failed=0

fail() {
	echo "$*"
	failed=$((failed + 1))
}

mask_text() {
	sed -E 's/\b(ikescope) [0-9]+\.[0-9.]*[0-9]/\1 */; s/\b(rules) [0-9a-f]{8,64}\b/\1 */'
}

mask_json() {
	sed -E '/"tool": *\{/,/\}/ s/("(version|rules|sandbox)": *)"[^"]*"/\1"*"/g'
}

mask_html() {
	sed -E '/<style>/,/<\/style>/d; s/sha256-[^'"'"']*/*/' | mask_text
}

# The command line of the sample in the current folder, a word a line.
command_line() {
	if [ -f command ]; then
		tr -s ' \t' '\n' <command
	else
		find . -maxdepth 1 -type f \( -name '*.pcap*' -o -name '*.cap*' -o -name '*.erf*' \) |
			sed 's,^\./,,' | LC_ALL=C sort
	fi
}

# Writes report.txt, report.json, exit and the pages of the sample in the current folder to $made.
run() {
	code=0
	"$program" "$@" >"$made/raw" 2>"$made/stderr" </dev/null || code=$?
	mask_text <"$made/raw" >"$made/report.txt"
	echo "$code" >"$made/exit"
	code=0
	"$program" "$@" -f json >"$made/raw" 2>>"$made/stderr" </dev/null || code=$?
	mask_json <"$made/raw" >"$made/report.json"
	rm -f "$made/report.html" "$made/report.md" "$made/ticket.txt"
	[ ! -f ticket.txt ] || "$program" ticket "$@" 2>>"$made/stderr" </dev/null | mask_text >"$made/ticket.txt"
	[ "$code" = "$(cat "$made/exit")" ] || fail "$name: text ends in $(cat "$made/exit"), JSON in $code"
	[ ! -f report.html ] || "$program" "$@" -f html 2>>"$made/stderr" </dev/null | mask_html >"$made/report.html"
	[ ! -f report.md ] || "$program" "$@" -f md 2>>"$made/stderr" </dev/null | mask_text >"$made/report.md"
}

# Which schema a document follows says its first key: "ikescope.report/1" is report.schema.json.
holds_to_schema() {
	[ -s "$1" ] || return 0
	python3 - "$schemas" "$1" <<-'END'
		import json, sys
		try:
		    import jsonschema
		except ImportError:
		    sys.exit(0)
		report = json.load(open(sys.argv[2]))
		name = report["schema"].split(".")[1].split("/")[0]
		schema = json.load(open("%s/%s.schema.json" % (sys.argv[1], name)))
		for wrong in jsonschema.validators.validator_for(schema)(schema).iter_errors(report):
		    sys.exit("not to the schema: %s: %s" % (list(wrong.path), wrong.message))
	END
}

sample() {
	name=$1
	cd "$top/samples/$name"
	[ -f story.md ] || fail "$name: has no story.md"
	set -f
	set -- $(command_line)
	set +f
	if [ $# = 0 ]; then
		fail "$name: has neither a capture nor a command"
		return
	fi
	run "$@"
	holds_to_schema "$made/report.json" || fail "$name: report.json breaks the schema"
	for file in report.txt report.json exit ticket.txt report.html report.md; do
		[ -f "$made/$file" ] || continue
		if [ $write = yes ]; then
			cp "$made/$file" "$file"
		elif [ ! -f "$file" ]; then
			fail "$name: has no $file (make golden)"
		elif ! diff -u --label "$name/$file" --label "$name/$file, now" "$file" "$made/$file"; then
			fail "$name: $file differs"
			cat "$made/stderr"
		fi
	done
}

count=0
cd "$top/samples"
if [ $# = 0 ]; then
	for folder in */; do
		[ -d "$folder" ] && set -- "$@" "${folder%/}"
	done
fi
for name; do
	sample "$name"
	count=$((count + 1))
done
echo "$count samples, $failed complaints"
[ "$failed" = 0 ]
