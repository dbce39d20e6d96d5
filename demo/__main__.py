"""`python -m demo [CHAPTER...] [--lab NAME]`."""

from __future__ import annotations

import argparse
import sys

from demo.chapters import CHAPTERS
from demo.narration import ChapterFailed, say, title


def main() -> int:
    """Tell all chapters, or those that were named."""
    names = [chapter.name for chapter in CHAPTERS]
    parser = argparse.ArgumentParser(prog="demo", description="The story of Sturnus, told on a real lab.")
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help=f"one of {', '.join(names)} (default: all)")
    parser.add_argument("--lab", default="demo", metavar="NAME", help="the lab it is told on (default: demo)")
    parsed = parser.parse_args()
    if unknown := [name for name in parsed.chapters if name not in names]:
        parser.error(f"no chapter is called {', '.join(unknown)}; there are: {', '.join(names)}")
    for number, chapter in enumerate(CHAPTERS, 1):
        if not parsed.chapters or chapter.name in parsed.chapters:
            title(number, chapter.title)
            try:
                chapter.tell(parsed.lab)
            except ChapterFailed as failed:
                again = f"make demo CHAPTER={chapter.name}"
                sys.stderr.write(f"demo: chapter {chapter.name}: {failed}; '{again}' tells it again\n")
                return 1
    say("")
    return 0


if __name__ == "__main__":
    sys.exit(main())
