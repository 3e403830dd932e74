#!/bin/sh
# usage: page.sh BUILD - a browser reads the page about a capture full of markup: nothing of it may become an
# element, run, or be asked of a network. Skipped, and said so, where there is no Chromium.
#
# First the browser is shown pages that are wrong, so that a check that sees nothing is found out.
set -eu

build=$1
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$chromium" ]; then
	echo "no chromium: left out"
	exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# dom FILE: the document as the browser has it after it was read and its scripts had their chance.
dom() {
	timeout 120 "$chromium" --headless=new --no-sandbox --disable-gpu --user-data-dir="$dir/profile" \
		--virtual-time-budget=3000 --dump-dom "file://$1" 2>/dev/null
}

# What must not be in it: an element of ours that we never wrote, or a document that a script has changed.
spoiled() {
	grep -Eq '<img class="pwned"|<script|data-ran' "$1"
}

run='<script>document.documentElement.setAttribute("data-ran", 1)</script>'
printf '<!DOCTYPE html><title>x</title><img class=pwned src=x>%s' "$run" >"$dir/wrong.html"
dom "$dir/wrong.html" >"$dir/dom" || { echo "the browser does not answer"; exit 1; }
grep -q '<img class="pwned"' "$dir/dom" || { echo "the check does not see an element that was let in"; exit 1; }
grep -q 'data-ran="1"' "$dir/dom" || { echo "the check does not see a script that runs"; exit 1; }

WEB_PAGE=$dir/hostile.html "$build/tests/unit/test_page" >"$dir/said" 2>&1 || { cat "$dir/said"; exit 1; }
[ -s "$dir/hostile.html" ] || { echo "no hostile page was written"; exit 1; }
dom "$dir/hostile.html" >"$dir/dom" || { echo "the browser does not answer"; exit 1; }
grep -q '&lt;img class=pwned' "$dir/dom" || { echo "the markup of the capture is not on the page at all"; exit 1; }
if spoiled "$dir/dom"; then
	echo "markup of a capture became part of the page"
	exit 1
fi
grep -q '</html>' "$dir/dom" || { echo "the page does not end"; exit 1; }

# The policy of the page itself: a script that stands in it does not run.
sed "s|</main>|$run</main>|" "$dir/hostile.html" >"$dir/held.html"
dom "$dir/held.html" >"$dir/dom" || { echo "the browser does not answer"; exit 1; }
grep -q '<script>' "$dir/dom" || { echo "the script was not put in"; exit 1; }
if grep -q 'data-ran="1"' "$dir/dom"; then
	echo "the policy of the page lets a script run"
	exit 1
fi

# The style of the page is the one that its policy allows: with another hash it would be bare.
sed "s,sha256-....,sha256-AAAA," "$dir/hostile.html" >"$dir/bare.html"
shot() {
	timeout 120 "$chromium" --headless=new --no-sandbox --disable-gpu --user-data-dir="$dir/profile" \
		--window-size=600,400 --screenshot="$dir/$1.png" "file://$dir/$1.html" >/dev/null 2>&1
}
shot hostile
shot bare
if cmp -s "$dir/hostile.png" "$dir/bare.png"; then
	echo "the style is not applied: its hash is wrong"
	exit 1
fi
echo "markup stays text, no script runs, the style is applied"
