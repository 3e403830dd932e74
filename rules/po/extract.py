#!/usr/bin/env python3
"""usage: extract.py TOP - prints the template of all translations (gettext .pot) of the tree at TOP.

A sentence that people read stands in a rule as _"...", or as a column of one of the tables below. The same
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
)
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
    for m in re.finditer(r"(?<![\w.])_\s*" + QUOTED, text):
        yield m.start(), m[1]


def of_table(text, macro, columns):
    text = blanked(text, r'"(?:[^"\\\n]|\\.)*"|/\*.*?\*/')
    for m in re.finditer(r"^" + macro + r"\(", text, re.M):
        row = re.compile(r"(?:[^\"()]|" + QUOTED + r")*\)").match(text, m.end())
        cells = list(STRINGS.finditer(text, m.end(), row.end())) if row else []
        for i in columns if columns is not None else (len(cells) - 1,):
            if 0 <= i < len(cells) and cells[i][1]:
                yield cells[i].start(), cells[i][1]


def places(top):
    for path in sorted(top.glob("rules/**/*.lua")):
        text = path.read_text()
        for at, words in of_rule(text):
            yield path.relative_to(top), text.count("\n", 0, at) + 1, unescaped(words)
    for where, macro, columns in TABLES:
        found = sorted((top / where).glob("*.def")) if (top / where).is_dir() else [top / where]
        for path in found:
            text = path.read_text()
            for at, words in of_table(text, macro, columns):
                yield path.relative_to(top), text.count("\n", 0, at) + 1, unescaped(words)


def unbalanced(words):
    rest = PLACEHOLDER.sub("", DISPLAY_FILTER.sub("", words))
    return "{" in rest or "}" in rest


def main():
    top = pathlib.Path(sys.argv[1])
    entries, wrong = {}, 0
    for path, line, words in places(top):
        entries.setdefault(words, []).append(f"{path}:{line}")
        if unbalanced(words):
            print(f"{path}:{line}: a brace without its placeholder: {words}", file=sys.stderr)
            wrong += 1
    print('# Sentences of ikescope and its rules. Written by "make pot".\nmsgid ""\nmsgstr ""\n'
          '"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"')
    for words, where in entries.items():
        print("\n#: " + "\n#: ".join(where))
        if "{" in words:
            print("#, ikescope-format")
        print(f'msgid "{escaped(words)}"\nmsgstr ""')
    return 1 if wrong or not entries else 0


if len(sys.argv) != 2:
    sys.exit(__doc__)
sys.exit(main())
