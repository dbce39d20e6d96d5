"""`python -m demo [CHAPTER...] [--lab NAME] [--times FILE]`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from demo import times
from demo.chapters import CHAPTERS, Chapter, Told
from demo.narration import ChapterFailed, say, title


def main() -> int:
    """Tell all chapters that belong to the story, or those that were named."""
    parsed = _parsed()
    took: dict[str, float] = {}
    status = 0
    for number, chapter in enumerate(CHAPTERS, 1):
        if chapter.name in parsed.chapters or (not parsed.chapters and chapter.told is Told.ALWAYS):
            began = time.monotonic()
            status = _told(number, chapter, parsed.lab)
            took[chapter.name] = time.monotonic() - began
            if status:
                break
    say(times.table(took))
    if parsed.times is not None and not status:
        times.keep(parsed.times, took)
    return status


def _parsed() -> argparse.Namespace:
    names = [chapter.name for chapter in CHAPTERS]
    parser = argparse.ArgumentParser(prog="demo", description="The story of Sturnus, told on a real lab.")
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help=f"one of {', '.join(names)} (default: all)")
    parser.add_argument("--lab", default="demo", metavar="NAME", help="the lab it is told on (default: demo)")
    parser.add_argument("--times", type=Path, metavar="FILE", help="keep each chapter's time in this file, as JSON")
    parsed = parser.parse_args()
    if unknown := [name for name in parsed.chapters if name not in names]:
        parser.error(f"no chapter is called {', '.join(unknown)}; there are: {', '.join(names)}")
    return parsed


def _told(number: int, chapter: Chapter, lab: str) -> int:
    title(number, chapter.title)
    try:
        chapter.tell(lab)
    except ChapterFailed as failed:
        again = f"make demo CHAPTER={chapter.name}"
        sys.stderr.write(f"demo: chapter {chapter.name}: {failed}; '{again}' tells it again\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
