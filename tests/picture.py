#!/usr/bin/env python3
"""usage: ikescope --color always CAPTURE | picture.py >man/report.svg - the report of a terminal as a picture."""
import html
import re
import sys

INK, PAPER = "#16191d", "#ffffff"
STYLES = {"1": ("font-weight", "600"), "2": ("fill", "#535c67"), "31": ("fill", "#a8183a"),
          "33": ("fill", "#8f5f00"), "36": ("fill", "#0a6796")}
ADVANCE, LINE, EDGE = 7.8, 17, 16


def spans(line):
    """(text, style) pieces of a line with escape sequences."""
    style = {}
    for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
        if piece.startswith("\x1b"):
            for code in piece[2:-1].split(";"):
                if code in ("", "0"):
                    style = {}
                elif code in STYLES:
                    style = {**style, STYLES[code][0]: STYLES[code][1]}
        elif piece:
            yield piece, style


def main():
    lines = sys.stdin.read().rstrip("\n").split("\n")
    columns = max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines)
    width, height = columns * ADVANCE + 2 * EDGE, len(lines) * LINE + 2 * EDGE
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
          f'height="{height}" role="img" aria-label="A report of ikescope on a terminal">')
    print(f'<rect width="100%" height="100%" fill="{PAPER}"/>')
    print(f'<g fill="{INK}" font-size="13" xml:space="preserve" '
          'font-family="ui-monospace,Menlo,Consolas,\'DejaVu Sans Mono\',\'Liberation Mono\',monospace">')
    for number, line in enumerate(lines):
        column = 0
        for text, style in spans(line):
            if text.strip():
                look = "".join(f' {k}="{v}"' for k, v in style.items())
                print(f'<text x="{EDGE + column * ADVANCE:.1f}" y="{EDGE + (number + 1) * LINE - 4}" '
                      f'textLength="{len(text) * ADVANCE:.1f}"{look}>{html.escape(text)}</text>')
            column += len(text)
    print("</g>\n</svg>")


main()
