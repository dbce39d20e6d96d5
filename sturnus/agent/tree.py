"""Reading the kernel's small files under a root, which a test makes itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path


def text(path: Path) -> str | None:
    """The file's text without white space around it; None if the kernel does not say."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:  # also EINVAL: the speed of a port without a link
        return None


def number(path: Path) -> int | None:
    """The file's number; None if the kernel does not say, or says -1, which means the same."""
    found = text(path)
    if found is None or not found.isdecimal():
        return None
    return int(found)


def numbered(directory: Path, prefix: str) -> Iterator[tuple[int, Path]]:
    """The entries that are called by the prefix and a number, in the order of the numbers."""
    found = (re.fullmatch(rf"{prefix}(\d+)", path.name) for path in entries(directory))
    yield from sorted((int(match[1]), directory / match[0]) for match in found if match)


def entries(directory: Path) -> list[Path]:
    """What is in a directory, by name; nothing if there is none."""
    try:
        return sorted(directory.iterdir())
    except OSError:
        return []


def printable(raw: str | None, length: int = 128) -> str:
    """What may be sent: ASCII that can be printed, not too long."""
    return "".join(letter for letter in raw or "" if " " <= letter <= "~")[:length].strip()
