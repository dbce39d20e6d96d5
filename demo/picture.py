"""A terminal's text becomes a picture, for the README: `python -m demo.picture <TEXT >docs/drawings/demo.svg`."""

from __future__ import annotations

import html
import sys
from collections.abc import Iterator
from typing import Final

WIDTH: Final = 7.25  # of a character of 12 px, as are the others
HEIGHT: Final = 16  # of a line
MARGIN: Final = 14
LONGEST: Final = 118  # characters of a line that are shown
COMMAND, TITLE, TEXT, GROUND = "#8bd649", "#ffffff", "#c9d1d9", "#0d1117"


def picture(text: str) -> Iterator[str]:
    """Lines of an SVG. Pure."""
    lines = [line.rstrip()[:LONGEST] for line in text.strip("\n").split("\n")]
    box = f"{max(map(len, lines)) * WIDTH + 2 * MARGIN:.0f} {len(lines) * HEIGHT + 2 * MARGIN}"
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {box}" font-family="monospace" font-size="12">'
    yield f'<rect width="100%" height="100%" rx="8" fill="{GROUND}"/>'
    for number, line in enumerate(lines):
        if line:
            place = f'x="{MARGIN}" y="{MARGIN + number * HEIGHT + 12}" fill="{_colour(line)}"'
            yield f'<text {place} xml:space="preserve">{html.escape(line)}</text>'
    yield "</svg>"


def _colour(line: str) -> str:
    """Chapters and what is typed stand out."""
    return TITLE if line.startswith("──") else COMMAND if line.startswith("$ ") else TEXT


if __name__ == "__main__":
    print("\n".join(picture(sys.stdin.read())))
