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
	mkdir -p "$scratch/rules/x" "$scratch/analyzer/judge" "$scratch/analyzer/report" "$scratch/analyzer/explain" "$scratch/analyzer/cli" \
		"$scratch/dissect/capture" "$scratch/dissect/tables"
	: >"$scratch/analyzer/judge/verdicts.def"
	: >"$scratch/analyzer/judge/messages.def"
	: >"$scratch/analyzer/judge/phrases.def"
	: >"$scratch/analyzer/report/words.def"
	: >"$scratch/dissect/capture/formats.def"
	for table in registry icmp device subject howto; do
		: >"$scratch/analyzer/explain/$table.def"
	done
	: >"$scratch/analyzer/cli/help.def"
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
msgfmt --check-format -o /dev/null "$scratch/pot"

# expect_translation fine|refused SENTENCE TRANSLATION: into $language
language=x
expect_translation() {
	printf 'msgid ""\nmsgstr ""\n\nmsgid "%s"\nmsgstr ""\n' "$2" >"$scratch/t.pot"
	printf 'msgid ""\nmsgstr ""\n\n%smsgid "%s"\nmsgstr "%s"\n' "${4-}" "$2" "$3" >"$scratch/$language.po"
	got=refused
	python3 "$top/rules/po/check.py" "$scratch/t.pot" "$scratch/$language.po" 2>"$scratch/said" && got=fine
	if [ "$got" != "$1" ]; then
		echo "check.py does not do its work: $3 is $got, not $1"
		cat "$scratch/said"
		exit 1
	fi
}
expect_translation fine    '{a} asks {b}.'           '{b} 被 {a} 询问。'
expect_translation refused '{a} asks {b}.'           '{b} 被询问。'
expect_translation refused '{a} asks.'               '{a} {a}'
expect_translation refused '{a} asks.'               ''
expect_translation refused '{a} asks.'               '{a}' '#, fuzzy\n'
expect_translation refused 'after %d s'              '%s 秒后'
expect_translation refused 'Filter: ip.ttl == 1'     '过滤器:ip.proto == 1'
expect_translation refused 'as RFC 1191 says'        'RFC 1911'
language=zh_TW
expect_translation fine    '{a} asks.'               '{a} 的封包'
expect_translation refused '{a} asks.'               '{a} 的數據包'
expect_translation refused '{a} asks.'               '{a} 的封包经过'
expect_translation refused '{a} asks.'               '{a} 的“封包”'
expect_translation refused '{a} asks.'               '{a} 的封包,到'
expect_translation refused '{a} asks.'               '{a} 的封包。。'
language=zh_CN
expect_translation fine    '{a} asks.'               '{a} 的数据包'
expect_translation refused '{a} asks.'               '{a} 的封包'
expect_translation refused '{a} asks.'               '{a} 的數据包'

set -- "$top"/rules/po/*.po
if [ -e "$1" ]; then
	python3 "$top/rules/po/check.py" "$top/rules/po/ikescope.pot" "$@"
	for po; do
		msgfmt --check-format -o /dev/null "$po"
	done
fi
