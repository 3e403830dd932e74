#!/usr/bin/env python3
"""usage: check.py TEMPLATE TRANSLATION... - says what is wrong with translations; exit status 1 when something is.

Every sentence of the template is translated, none other is; a translation has the placeholders, the printf
conversions, the Wireshark filters, the commands' options and the RFC numbers of its sentence, each as often.
"""
import ast, collections, pathlib, re, sys

KEPT = (
    re.compile(r"\{[a-z][a-z0-9_]*\}"),
    re.compile(r"%[-+0-9.]*[a-zA-Z%]"),
    re.compile(r"\b(?:ip|ipv6|udp|icmp|icmpv6|esp|isakmp|frame|tcp|arp)(?:\.[a-z0-9_]+)+\b"),
    re.compile(r"RFC [0-9]+"),
    re.compile(r"(?<![\w-])--[a-z][a-z-]+"),
    re.compile(r"\n"),
)


def entries(path):
    """msgid -> (msgstr, flags), as far as this project's files use the format: no plurals, no contexts."""
    found, flags, field, parts = {}, "", None, {"msgid": "", "msgstr": ""}

    def take():
        if field == "msgstr":
            if parts["msgid"] in found:
                yield f"{path}: twice: {parts['msgid']}"
            found[parts["msgid"]] = (parts["msgstr"], flags)

    wrong = []
    for number, line in enumerate(path.read_text().splitlines() + [""], 1):
        m = re.match(r'(msgid|msgstr)?\s*(".*")$', line)
        if m and m[1] == "msgid" or not line.strip() or line.startswith("#"):
            wrong += take()
            if field == "msgstr":
                flags, field = "", None
        if line.startswith("#,"):
            flags = line
        if m:
            field = m[1] or field
            if m[1]:
                parts[field] = ""
            parts[field] += ast.literal_eval(m[2])
        elif line.strip() and not line.startswith("#"):
            wrong.append(f"{path}:{number}: cannot read: {line}")
    return found, wrong


def kept(text):
    return collections.Counter(word for pattern in KEPT for word in pattern.findall(text))


def main():
    template, wrong = entries(pathlib.Path(sys.argv[1]))
    for name in sys.argv[2:]:
        have, more = entries(pathlib.Path(name))
        wrong += more
        for sentence in template.keys() - have.keys():
            wrong.append(f"{name}: not translated: {sentence}")
        for sentence, (said, flags) in have.items():
            if not sentence:
                continue
            if sentence not in template:
                wrong.append(f"{name}: no sentence of the program: {sentence}")
            elif not said:
                wrong.append(f"{name}: not translated: {sentence}")
            elif "fuzzy" in flags:
                wrong.append(f"{name}: marked fuzzy: {sentence}")
            elif kept(sentence) != kept(said):
                odd = (kept(sentence) - kept(said)) + (kept(said) - kept(sentence))
                wrong.append(f"{name}: {' '.join(map(repr, odd))} differs: {said}")
    print(*sorted(wrong), sep="\n", file=sys.stderr)
    return 1 if wrong else 0


if len(sys.argv) < 3:
    sys.exit(__doc__)
sys.exit(main())
