#!/usr/bin/env python3
"""usage: extract.py TOP - prints the template of all translations (gettext .pot) of the tree at TOP.

A sentence that people read stands in a rule as _"..." or several("one", "many", n), or as a column of one of the
tables below; of two rows X_one and X_many, and of a row PLURAL(..), the first is msgid and the second msgid_plural. The same
words are one entry, with every place that has them; entries come in order of their first place. There is no
date in it: the same tree gives the same file. Complaints go to stderr, and then the exit status is 1: a brace
that opens no {placeholder} and is part of no filter expression, or a placeholder that the rules cannot have.
"""
import pathlib, re, sys

QUOTED = r'"((?:[^"\\\n]|\\.)*)"'
STRINGS = re.compile(QUOTED)
# file or folder, macro, which of its quoted columns people read (counted from 0; None: the last)
TABLES = (
    ("analyzer/judge/verdicts.def", "VERDICT", (1, 2)),
    ("analyzer/judge/messages.def", "MESSAGE", (0,)),
    ("analyzer/judge/phrases.def", "PHRASE", (0,)),
    ("analyzer/report/words.def", "WORD", (0,)),
    ("dissect/capture/formats.def", "FORMAT", None),
    ("dissect/tables", "ROW", None),
    ("analyzer/explain/registry.def", "REGISTRY", (0,)),
    ("analyzer/explain/icmp.def", "ICMP", None),
    ("analyzer/explain/device.def", "STATE", (1, 2)),
    ("analyzer/explain/device.def", "TOPIC", (0, 1)),
    ("analyzer/explain/subject.def", "SUBJECT", (1,)),
    ("analyzer/explain/howto.def", "PLATFORM", (1,)),
    ("analyzer/explain/howto.def", "NOTE", (0,)),
    ("analyzer/cli/help.def", "COMMAND", (1,)),
    ("analyzer/cli/help.def", "OPTION", (1,)),
    ("analyzer/cli/help.def", "HELP", (0,)),
)
# calls in analyzer/cli, and which of their arguments people read
CALLS = {"complain": 1, "bad": 2, "refuse": 3}
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "'": "'"}
PLACEHOLDER = re.compile(r"\{[a-z][a-z0-9_]*\}")
DISPLAY_FILTER = re.compile(r"(?:in|==) ?\{[^{}]*\}")


def unescaped(text):
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[0]), text)


def escaped(text):
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")


def blanked(text, pattern):
    """The text with comments overwritten, so that places stay where they are."""
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m[0]) if m[0][0] not in "\"'" else m[0], text, flags=re.S)


def of_rule(text):
    text = blanked(text, r'"(?:[^"\\\n]|\\.)*"|--\[\[.*?\]\]|--[^\n]*')
    found = [(m.start(), m[1], None) for m in re.finditer(r"(?<![\w.])_\s*" + QUOTED, text)]
    found += [(m.start(), m[1], m[2]) for m in re.finditer(r"(?<![\w.])several\s*\(\s*" + QUOTED + r"\s*,\s*" + QUOTED, text)]
    yield from sorted(found)


def plurals(text, macro):
    """place -> plural: what stands beside the singular, in the same row or in the next."""
    text = blanked(text, r'"(?:[^"\\\n]|\\.)*"|/\*.*?\*/')
    beside = {m.start(1) - 1: m[2] for m in re.finditer(r"^PLURAL\(\s*\w+\s*,\s*" + QUOTED + r"\s*,\s*" + QUOTED, text, re.M)}
    pair = r"^" + macro + r"\((\w+)_one\s*,\s*" + QUOTED + r"\s*\)\s*\n" + macro + r"\(\1_many\s*,\s*" + QUOTED
    beside.update({m.start(2) - 1: m[3] for m in re.finditer(pair, text, re.M)})
    return beside


def of_table(text, macro, columns):
    beside = plurals(text, macro)
    many = set(beside.values())
    text = blanked(text, r'"(?:[^"\\\n]|\\.)*"|/\*.*?\*/')
    for m in re.finditer(r"^" + macro + r"\(", text, re.M):
        row = re.compile(r"(?:[^\"()]|" + QUOTED + r")*\)").match(text, m.end())
        cells = list(STRINGS.finditer(text, m.end(), row.end())) if row else []
        for i in columns if columns is not None else (len(cells) - 1,):
            if 0 <= i < len(cells) and cells[i][1] and cells[i][1] not in many:
                yield cells[i].start(), cells[i][1], beside.get(cells[i].start(1) - 1)
    for m in re.finditer(r"^PLURAL\(\s*\w+\s*,\s*" + QUOTED + r"\s*,\s*" + QUOTED, text, re.M):
        yield m.start(), m[1], m[2]


def arguments(text, at):
    """(place, text) of each argument of the call whose bracket opens before at."""
    depth, begin = 0, at
    for m in re.compile(QUOTED + r"|[(){},;]").finditer(text, at):
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(m[0], 0)
        if depth < 0 or (m[0] == "," and not depth):
            yield begin, text[begin:m.start()]
            begin = m.end()
        if depth < 0 or m[0] == ";":
            return


def of_calls(text):
    text = blanked(text, r'"(?:[^"\\\n]|\\.)*"|/\*.*?\*/')
    for m in re.finditer(r"(?<!\w)(" + "|".join(CALLS) + r")\(", text):
        for place, said in list(arguments(text, m.end()))[CALLS[m[1]]:CALLS[m[1]] + 1]:
            for q in STRINGS.finditer(said):
                if re.search("[a-z]", re.sub("%[a-z]", "", q[1])):
                    yield place + q.start(), q[1], None


def places(top):
    for path in sorted(top.glob("rules/**/*.lua")):
        text = path.read_text()
        for at, words, many in of_rule(text):
            yield path.relative_to(top), text.count("\n", 0, at) + 1, unescaped(words), many and unescaped(many)
    for where, macro, columns in TABLES:
        found = sorted((top / where).glob("*.def")) if (top / where).is_dir() else [top / where]
        for path in found:
            text = path.read_text()
            for at, words, many in of_table(text, macro, columns):
                yield path.relative_to(top), text.count("\n", 0, at) + 1, unescaped(words), many and unescaped(many)


    for path in sorted(top.glob("analyzer/cli/*.c")):
        text = path.read_text()
        for at, words, many in of_calls(text):
            yield path.relative_to(top), text.count("\n", 0, at) + 1, unescaped(words), many


def unbalanced(words):
    rest = PLACEHOLDER.sub("", DISPLAY_FILTER.sub("", words))
    return "{" in rest or "}" in rest


def main():
    top = pathlib.Path(sys.argv[1])
    entries, plural_of, wrong = {}, {}, 0
    for path, line, words, many in places(top):
        entries.setdefault(words, []).append(f"{path}:{line}")
        if plural_of.setdefault(words, many) != many:
            print(f"{path}:{line}: with a plural and without, or with two: {words}", file=sys.stderr)
            wrong += 1
        for text in (words, many or ""):
            if unbalanced(text):
                print(f"{path}:{line}: a brace without its placeholder: {text}", file=sys.stderr)
                wrong += 1
    print('# Sentences of ikescope and its rules. Written by "make pot".\nmsgid ""\nmsgstr ""\n'
          '"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: nplurals=2; plural=n != 1;\\n"')
    for words, where in entries.items():
        print("\n#: " + "\n#: ".join(where))
        if "{" in words:
            print("#, ikescope-format")
        if plural_of[words]:
            print(f'msgid "{escaped(words)}"\nmsgid_plural "{escaped(plural_of[words])}"\nmsgstr[0] ""\nmsgstr[1] ""')
        else:
            print(f'msgid "{escaped(words)}"\nmsgstr ""')
    return 1 if wrong or not entries else 0


if len(sys.argv) != 2:
    sys.exit(__doc__)
sys.exit(main())
