#!/bin/sh
# usage: pot.sh - is rules/po/ikescope.pot what the sentences of the tree give, and is each well formed?
#
# Before it looks at the tree, the script looks at trees of its own that it must refuse.
set -eu
export LC_ALL=C.UTF-8

top=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# expect fine|refused WORDS: a tree of one rule with that sentence.
expect() {
	mkdir -p "$scratch/rules/x" "$scratch/analyzer/judge" "$scratch/analyzer/report" "$scratch/dissect/capture" "$scratch/dissect/tables"
	: >"$scratch/analyzer/judge/verdicts.def"
	: >"$scratch/analyzer/report/words.def"
	: >"$scratch/dissect/capture/formats.def"
	printf -- '-- _"no sentence"\nreturn rule { title = _"%s" }\n' "$2" >"$scratch/rules/x/y.lua"
	got=refused
	python3 "$top/rules/po/extract.py" "$scratch" >"$scratch/pot" 2>"$scratch/said" && got=fine
	if [ "$got" != "$1" ] || ! grep -qF "msgid \"$2\"" "$scratch/pot" || grep -q 'no sentence' "$scratch/pot"; then
		echo "extract.py does not do its work: $2 is $got, not $1"
		cat "$scratch/pot" "$scratch/said"
		exit 1
	fi
}
expect fine    '{peer} is silent.'
expect fine    'Show them with frame.number in {1,2}.'
expect refused '{peer is silent.'
expect refused 'peer} is silent.'
expect refused '{Peer} is silent.'
expect refused '{} is silent.'

python3 "$top/rules/po/extract.py" "$top" >"$scratch/pot"
if ! diff -u "$top/rules/po/ikescope.pot" "$scratch/pot" >"$scratch/diff"; then
	head -n 40 "$scratch/diff"
	echo "rules/po/ikescope.pot is not up to date: make pot"
	exit 1
fi
if command -v msgfmt >/dev/null; then
	msgfmt --check-format -o /dev/null "$scratch/pot"
fi
