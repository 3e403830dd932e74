#!/bin/sh
# usage: cli.sh - what a user meets on the command line: exit codes, what is said and where. The program is
# IKESCOPE_BIN, or build/ikescope.
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
program=${IKESCOPE_BIN:-$top/build/ikescope}
samples=$top/samples
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export LC_ALL=C.UTF-8 TZ=UTC
unset COLUMNS NO_COLOR
failed=0

# ends CODE [OUT-PATTERN [ERR-PATTERN]] -- WORDS: runs it; "" as a pattern: that stream must be empty.
ends() {
	want=$1
	out=${2-.}
	err=${3-.}
	shift; [ "$1" = -- ] || shift; [ "$1" = -- ] || shift
	shift
	code=0
	"$program" "$@" >out 2>err <"${stdin:-/dev/null}" || code=$?
	fits "$out" out && fits "$err" err && [ $code = "$want" ] && return
	echo "ikescope $* : exit $code, not $want"
	sed 's/^/    out: /' out | head -5
	sed 's/^/    err: /' err | head -5
	failed=$((failed + 1))
}

fits() {
	case $1 in
	'') [ ! -s "$2" ] ;;
	.) true ;;
	*) grep -Eq -- "$1" "$2" ;;
	esac
}

healthy=$samples/healthy/a.pcap
faulty=$samples/wrong-pre-shared-key/a.pcap

# exit codes of verdicts
ends 0 'WORKS' '' -- "$healthy"
ends 1 'FAULT' '' -- "$faulty"
ends 1 '"verdict"' '' -- -f json "$faulty"
ends 1 '' '' -- -o report.json "$faulty"
fits '"verdict"' report.json || { echo "-o report.json is no JSON"; failed=$((failed + 1)); }
ends 1 '' '' -- -o report.txt "$faulty"
fits 'FAULT' report.txt || { echo "-o report.txt is no text"; failed=$((failed + 1)); }

# pages: the ending of -o chooses, a template of one's own is read, and told by its line when it is wrong
ends 1 '^<!DOCTYPE html>' '' -- -f html "$faulty"
ends 1 '' '' -- -o report.html "$faulty"
fits '</html>' report.html || { echo "-o report.html is no HTML"; failed=$((failed + 1)); }
fits "sha256 $(sha256sum <"$faulty" | cut -c1-64)" report.html || { echo "the page has no SHA-256 of its capture"; failed=$((failed + 1)); }
ends 1 '' '' -- -o report.md "$faulty"
fits '^# 203' report.md || { echo "-o report.md is no Markdown"; failed=$((failed + 1)); }
ends 1 '' '' -- -o report.csv "$faulty"
fits '^capture,tunnel,' report.csv || { echo "-o report.csv is no CSV"; failed=$((failed + 1)); }
ends 1 '"sha256"' '' -- --hash -f json "$faulty"
printf '{{#reports}}{{#first}}{{state}}: {{sentence}}\n{{/first}}{{/reports}}' >one.txt
ends 1 '^Fault · likely: 203.0.113.10 refuses' '' -- --template one.txt "$faulty"
cp one.txt one
ends 2 '' 'one: what it writes' -- --template one "$faulty"
ends 1 '^Fault' '' -- --template one -f md "$faulty"
ends 2 '' 'fits -f' -- --template one -f json "$faulty"
ends 2 '' 'nosuch' -- --template nosuch "$faulty"
: >empty.html
ends 2 '' 'no template' -- --template empty.html "$faulty"
printf 'a\n{{#b}}\n' >wrong.html
ends 70 '' 'wrong.html:2: a section that does not end' -- --template wrong.html "$faulty"

# monitoring: one line on standard output whatever happens
ends 0 '^IKESCOPE OK - .* \| tunnels=1 faults=0 works=1$' '' -- --nagios "$healthy"
ends 2 '^IKESCOPE CRITICAL - ' '' -- --nagios "$faulty"
ends 3 '^IKESCOPE UNKNOWN - ' 'nosuch' -- --nagios nosuch
ends 3 '^IKESCOPE UNKNOWN - ' 'badoption' -- --nagios --badoption "$healthy"
ends 2 '^IKESCOPE CRITICAL - ' 'nosuch' -- --nagios "$faulty" nosuch
ends 3 '^IKESCOPE UNKNOWN - ' 'nosuch' -- --nagios "$healthy" nosuch

# usage
ends 2 '' 'usage' --
ends 2 '' 'nosuch' -- --nosuch "$healthy"
ends 2 '' '"pdf"' -- -f pdf "$healthy"
ends 2 '' 'later' -- --since 2026-01-02 --until 2026-01-01 "$healthy"
ends 2 '' '"yesterday"' -- --since yesterday "$healthy"
ends 2 '' '"1.2.3"' -- --peer 1.2.3 "$healthy"
ends 2 '' '"1.2.3.4"' -- --name 1.2.3.4 "$healthy"
ends 2 '' 'Mars' -- --tz Mars/Base "$healthy"
ends 2 '' 'filter' -- --filter 'host (' "$healthy"
cp "$healthy" evidence.txt
ends 2 '' 'evidence.txt: is a capture' -- -o evidence.txt evidence.txt
cmp -s "$healthy" evidence.txt || { echo 'the evidence is gone'; failed=$((failed + 1)); }
ends 2 '' 'foo123' -- --tz foo123 "$healthy"
ends 0 . '' -- --since 05:20 --until 05:21 "$healthy"
fits '1970' out && { echo 'a part begins in 1970'; failed=$((failed + 1)); }
ends 2 '' 'purple' -- --color purple "$healthy"
ends 2 '' 'standard input' -- - "$healthy"
ends 2 '' 'usage' -- rules
ends 2 '' 'no.such.id' -- rules show no.such.id
ends 2 '' '/no/such/rules' -- --rules /no/such/rules "$healthy"
ends 0 'usage|CAPTURE' '' -- --help
ends 0 'ikescope [0-9]' '' -- --version
ends 0 'ike.no_proposal' '' -- rules list
ends 0 '"ike.no_proposal"' '' -- rules show ike.no_proposal

# ticket, explain, howto
ends 0 'Nothing to ask' '' -- ticket "$healthy"
ends 1 '^To: ' '' -- ticket "$faulty"
mkdir ours
cat >ours/mine.lua <<'END'
return rule {
	id = "auth.refused", step = "authentication", severity = "critical", scope = "tunnel", trigger = { "attempts" },
	title = _"Ours", say = { confirmed = _"It is ours." }, why = _"ours",
	advise = { now = { _"Mend it." }, verify = { _"Look." } }, explains = {}, references = { "RFC 7296 2.1" },
	when = function(t, c) return { confidence = "confirmed", culprit = "local", frames = t.attempts[1].exchanges[1].frames } end,
	tests = {},
}
END
ends 5 'on the side where this was recorded' '' -- ticket --rules ours "$faulty"
ends 2 '' 'usage' -- ticket
ends 3 '' 'no.pcap' -- ticket no.pcap
ends 1 '' '' -- ticket -o ticket.txt "$faulty"
fits '^To: ' ticket.txt || { echo "-o ticket.txt is no ticket"; failed=$((failed + 1)); }
ends 1 '^To: ' '1 more tunnel' -- ticket "$samples/three-tunnels-two-failing/a.pcap"
for capture in "$samples"/*/*.pcap*; do
	"$program" ticket "$capture" >out 2>err || true
	LC_ALL=C awk -v name="$capture" 'length > 72 || /[^ -~]/ { print name ": " $0; bad = 1 } END { exit bad || !NR }' out ||
		failed=$((failed + 1))
done
ends 1 '^To: ' '' -- -f ticket "$faulty"
ends 1 '^To: ' '' -- ticket "$samples/ring-of-two-files/a-1.pcap" "$samples/ring-of-two-files/a-2.pcap"
ends 0 'NO_PROPOSAL_CHOSEN: IKEv2 notify 14' '' -- explain NO_PROPOSAL_CHOSEN
ends 0 'NO_PROPOSAL_CHOSEN' '' -- explain unsupported transform
ends 0 'TS_UNACCEPTABLE.*IKEv2' '' -- explain timeout TS_UNACCEPTABLE
ends 4 'Did you mean' '' -- explain NO_PROPOSAL_CHOSE
ends 2 '' 'usage' -- explain
printf '    Rekey : no    State : AM_TM_INIT_XAUTH_V6C\r\n' >pasted
stdin=pasted ends 0 'line 1:' '' -- explain -
stdin=/dev/null ends 4 'No word' '' -- explain -
ends 0 'ikescope howto asa' '' -- howto
ends 0 'permit ip host 198.51.100.10 host 203.0.113.10' '' -- howto asa --local 198.51.100.10 --peer 203.0.113.10
ends 2 '' 'nokia' -- howto nokia
ends 2 '' '1.2.3' -- howto asa --peer 1.2.3
ends 2 '' 'usage' -- howto asa linux
# evidence and redaction
ezvpn=$samples/field-report-ezvpn/a.pcap
ends 1 '' '' -- evidence -o proof.pcapng "$faulty"
ends 1 'FAULT' '' -- proof.pcapng
ends 1 '' '' -- evidence -o proof.pcap "$faulty"
[ "$(od -An -tx1 -N4 proof.pcap)" = ' d4 c3 b2 a1' ] || { echo 'proof.pcap is no pcap'; failed=$((failed + 1)); }
stdin=$faulty ends 1 '' '' -- evidence -o piped.pcapng -
ends 1 '' '' -- evidence -o secret.pcapng --with-secrets "$ezvpn"
ends 1 '' '' -- evidence -o blank.pcapng "$ezvpn"
cmp -s secret.pcapng blank.pcapng && { echo 'no secret was blanked'; failed=$((failed + 1)); }
ends 2 '' 'a capture file' -- evidence -o proof.txt "$faulty"
ends 2 '' 'ikescope evidence' -- -o report.pcapng "$faulty"
cp "$faulty" own.pcap
ends 2 '' 'own.pcap: is a capture' -- evidence -o own.pcap own.pcap
cmp -s "$faulty" own.pcap || { echo 'the evidence took the place of the capture'; failed=$((failed + 1)); }
ends 70 '' '/no/such/e.pcapng' -- evidence -o /no/such/e.pcapng "$faulty"
ends 3 '' 'nofile.pcap' -- evidence -o none.pcapng nofile.pcap
ls none.pcapng* /no/such/* 2>/dev/null && { echo 'half a file is left'; failed=$((failed + 1)); }
cp "$ezvpn" branch-office.pcap
ends 1 'FAULT' '' -- --redact-key key --redact-map map branch-office.pcap
fits '198\.51\.100\.|203\.0\.113\.|branch-office' out && { echo 'an address is in a redacted report'; failed=$((failed + 1)); }
cp out first
ends 1 'FAULT' '' -- --redact-key key branch-office.pcap
cmp -s out first || { echo 'the same key gives other pseudonyms'; failed=$((failed + 1)); }
fits '"198.51.100.10": "[0-9.]+"' map || { echo 'the map does not say what stands for what'; failed=$((failed + 1)); }
[ "$(stat -c %a key map | sort -u)" = 600 ] || { echo 'others may read key or map'; failed=$((failed + 1)); }
ends 2 '' 'facts' -- facts --redact "$ezvpn"
echo nonsense >nokey
ends 2 '' 'nokey: is no key' -- --redact-key nokey "$ezvpn"
ends 2 '' 'names of their own' -- --redact-key key --redact-map key "$ezvpn"
grep -q nonsense nokey || { echo 'a file that is no key is gone'; failed=$((failed + 1)); }

# languages: asked for by option, or by the environment where the terminal can show it
ends 1 '故障，' '' -- --lang zh-Hans "$faulty"
ends 1 'FAULT' '' -- --lang en "$faulty"
ends 2 '' 'zh_CN, zh_TW' -- --lang xx "$faulty"
export LC_ALL=zh_TW.UTF-8
ends 1 '故障，' '' -- "$faulty"
ends 1 '"title": "[ -~]*"' '' -- -f json "$faulty"
ends 1 'FAULT' '' -- --lang en "$faulty"
ends 0 ' 0 failed' '' -- rules test
ends 1 '運作正常|故障' '' -- --lang zh_TW -f ticket "$faulty"
LC_ALL=C ends 1 '故障，' '' -- --lang zh_TW "$faulty"
LC_ALL=zh_CN.UTF-8 ends 1 '可达' '' -- "$faulty"
unset LC_ALL
LANG=zh_CN.UTF-8 ends 1 '可达' '' -- "$faulty"
export LC_ALL=C.UTF-8
# the text for the provider in its language, in whatever language the engineer reads
ends 1 '電信業者' '' -- ticket --ticket-lang zh_TW "$ezvpn"
cp out ticket
ends 1 '电信|Our request|Tunnel' '' -- -f html --ticket-lang zh_TW "$ezvpn"
fits '<pre tabindex="0" lang="zh-TW">' out || { echo 'the page does not say in which language its ticket is'; failed=$((failed + 1)); }
fits '<html lang="en"' out || { echo '--ticket-lang changes the page'; failed=$((failed + 1)); }
ends 1 "ikescope ticket --ticket-lang zh_TW" '' -- --ticket-lang zh_TW "$ezvpn"
"$program" -f md --hash --ticket-lang zh_TW "$ezvpn" >page.md
# every line of the ticket stands in the page
grep -vxF -f page.md ticket | grep -q . && { echo 'the ticket in the page is not the ticket'; failed=$((failed + 1)); }
stdin=$ezvpn ends 1 '<pre tabindex="0" lang="zh-CN">' '' -- -f html --lang zh_TW --ticket-lang zh_CN -
ends 1 '電信業者' '' -- -f html --ticket-lang zh_TW --redact-key key "$ezvpn"
fits '198.51.100|203.0.113' out && { echo 'an address is in a redacted ticket'; failed=$((failed + 1)); }
LC_ALL=C ends 0 '封包做了什麼' '' -- help --lang zh_TW
LC_ALL=C ends 0 '用此语言' '' -- --help --lang=zh_CN
LC_ALL=zh_CN.UTF-8 ends 2 '' '^用法：ikescope diff GOOD BAD（' -- diff "$ezvpn"
LC_ALL=zh_CN.UTF-8 ends 2 '' '“x”不是 ?IP 地址' -- --local x "$ezvpn"
LC_ALL=zh_CN.UTF-8 ends 2 '' '没有这个命令' -- help nonsense
ends 2 '' 'ikescope: --lang: "xx"' -- help --lang xx
ends 2 '' '--ticket-lang: "xx" is no language' -- ticket --ticket-lang xx "$ezvpn"
export LC_ALL=zh_TW.BIG5
ends 1 'FAULT' '' -- "$faulty"
export LC_ALL=C.UTF-8

# names that only the network knows
ends 2 '' 'no name is asked of the network' -- --filter 'host vpn.example.invalid' "$healthy"

# a reader that dies in its own process costs what it had not told: ERF, and a type that libtrace does not know
erf_record() {
	printf "\\000\\000\\000\\200\\$1\\361\\123\\145\\$2\\004\\000\\122\\000\\000\\000\\100"
	head -c 66 /dev/zero
}
{ erf_record 000 002; erf_record 001 002; erf_record 002 002; erf_record 003 050; erf_record 004 002; } >dies.erf
if "$program" -f json dies.erf 2>/dev/null | grep -q '"format": "erf"'; then # built with libtrace
	ends 3 '"worker_died"' 'dies.erf: .*broke down' -- -f json dies.erf
	fits '"frames": 3' out || { echo "dies.erf: what came before the end of libtrace is lost"; failed=$((failed + 1)); }
fi

# a child that unpacks and is not read to its end
gzip -c "$healthy" >healthy.pcap.gz
ends 0 'WORKS' '' -- healthy.pcap.gz
stdin=healthy.pcap.gz
ends 0 'WORKS' '' -- -
unset stdin

# files that are no capture, or only half of one
ends 3 '' 'no.pcap: No such file' -- no.pcap
: >empty.pcap
ends 3 '' 'empty.pcap: .*(empty|no byte)' -- empty.pcap
ends 3 '' '[Dd]irectory' -- .
printf '\377\330\377\340\000\020JFIF\000\001\001' >photo.pcap
ends 3 '' 'photo.pcap: .*JPEG' -- photo.pcap
printf '<!DOCTYPE html>\n<html><head><title>Login</title></head><body>Please log in</body></html>\n' >login.pcap
ends 3 '' 'login.pcap: .*HTML' -- login.pcap
head -c 300 /dev/zero >zero.pcap
ends 3 '' 'zero.pcap: ' -- zero.pcap
head -c 24 "$healthy" >header.pcap
ends 4 '' '' -- -o /dev/null header.pcap
head -c 1500 "$faulty" >half.pcap
ends 3 'CANNOT TELL' 'half.pcap: .*middle of a frame' -- half.pcap
gzip -c "$healthy" >whole.pcap.gz
ends 0 'WORKS' '' -- whole.pcap.gz
head -c 900 whole.pcap.gz >half.pcap.gz
ends 3 . 'half.pcap.gz: .*ends early' -- half.pcap.gz
cp whole.pcap.gz named-wrongly.txt
ends 0 'WORKS' '' -- named-wrongly.txt

# a capture without IPsec: one ARP request in Ethernet
printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000\377\377\000\000\001\000\000\000' >arp.pcap
printf '\001\000\000\000\002\000\000\000\052\000\000\000\052\000\000\000' >>arp.pcap
printf '\377\377\377\377\377\377\002\000\000\000\000\001\010\006\000\001\010\000\006\004\000\001' >>arp.pcap
printf '\002\000\000\000\000\001\300\000\002\001\000\000\000\000\000\000\300\000\002\002' >>arp.pcap
ends 4 'NOTHING TO JUDGE' '' -- arp.pcap

# one file of several is bad: the others are judged, and it is named
ends 3 'FAULT' 'no.pcap: No such file' -- "$faulty" no.pcap
ends 3 'FAULT' 'no.pcap: No such file' -- no.pcap "$faulty" photo.pcap
fits 'photo.pcap: .*JPEG' err || { echo 'only the first of two bad files is named'; failed=$((failed + 1)); }
ends 2 '' 'ikescope: --filter: ' -- --filter 'host (' "$faulty" "$healthy"
[ "$(wc -l <err)" = 1 ] || { echo 'one wrong filter is complained of for each file'; failed=$((failed + 1)); }

# a named pipe is read once, or refused by name
mkfifo once
cat "$faulty" >once &
ends 1 'FAULT' '' -- once
wait $!
ends 2 '' 'once: can be read only once' -- "$faulty" once
ends 2 '' 'standard input: can be read only once' -- "$faulty" -
ends 2 '' '--since: .*pipe needs the date' -- --since 05:20 once
rm once

# a snoop capture (RFC 1761): refused by name, and what is advised makes a capture of it
if command -v editcap >/dev/null; then
	{
		printf 'snoop\000\000\000\000\000\000\002\000\000\000\004'
		printf '\000\000\000\052\000\000\000\052\000\000\000\104\000\000\000\000\145\123\361\000\000\000\000\000'
		tail -c 42 arp.pcap
		printf '\000\000'
	} >solaris.snoop
	ends 3 '' 'solaris.snoop: .*snoop capture.*editcap -F pcap IN OUT' -- solaris.snoop
	editcap -F pcap solaris.snoop converted.pcap 2>/dev/null
	ends 4 'NOTHING TO JUDGE' '' -- converted.pcap
fi

# standard input, and parts
stdin=$faulty ends 1 'FAULT' '' -- -
stdin=/dev/null ends 3 '' 'standard input: ' -- -
ends 4 'No tunnel lies in the part' '' -- --peer 192.0.2.99 "$faulty"
ends 0 . '' -- facts "$healthy"

# a working capture beside a failing one: BAD decides
ends 1 'IKE_AUTH is the last message that both answer' '' -- diff "$healthy" "$faulty"
ends 1 '"ikescope.diff/1"' '' -- diff -f json "$healthy" "$faulty"
ends 0 'GOOD fails as well' '' -- diff "$faulty" "$healthy"
ends 0 'They do not part' '' -- diff "$healthy" "$healthy"
ends 4 'BAD holds no IKE' '' -- diff "$healthy" arp.pcap
ends 3 . 'half.pcap: .*middle of a frame' -- diff "$healthy" half.pcap
ends 3 '' 'no.pcap: No such file' -- diff no.pcap "$faulty"
ends 2 '' 'usage: ikescope diff GOOD BAD' -- diff "$healthy"
ends 2 '' 'usage: ikescope diff GOOD BAD' -- diff "$healthy" "$faulty" "$faulty"

# no room for the report
if [ -e /dev/full ]; then
	code=0
	"$program" "$healthy" >/dev/full 2>err || code=$?
	[ $code = 70 ] && fits 'cannot write' err || { echo "a full disk ends in $code"; failed=$((failed + 1)); }
fi

# an interrupt on standard input: what was read is reported
mkfifo pipe
"$program" - <pipe >out 2>err &
reader=$!
exec 9>pipe
cat "$faulty" >&9
sleep 1
kill -INT $reader
code=0
wait $reader || code=$?
exec 9>&-
[ $code = 1 ] && fits 'FAULT' out || { echo "interrupted: exit $code"; sed 's/^/    /' out err | head; failed=$((failed + 1)); }

echo "$failed complaints"
[ $failed = 0 ]
