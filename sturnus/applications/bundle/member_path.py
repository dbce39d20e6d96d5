"""Names of archive members: which are accepted, and that no two of them are one file anywhere."""

from __future__ import annotations

import unicodedata
from typing import Final

from sturnus.applications.bundle.limits import Limits

_LONGEST_NAME: Final = 255
"""Bytes of one part of a path, on every file system of Linux."""


class Refused(Exception):
    """A name that is not accepted."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(found)
        self.found, self.expected = found, expected


class MemberPaths:
    """Takes the names of one archive, one after the other.

    Two names that differ only in case or in how Unicode writes a letter are one file on some file systems: refused as
    duplicates, so that a bundle means the same wherever it is unpacked.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._taken: dict[str, tuple[str, bool]] = {}  # folded → as written, is a directory

    def take(self, raw: str, *, is_directory: bool) -> str:
        """Return the path relative to the archive's top; "" for the top itself. Raises Refused."""
        path = self._clean(raw)
        parts = path.split("/") if path else []
        for length in range(1, len(parts)):
            self._claim("/".join(parts[:length]), is_directory=True)
        if path:
            self._claim(path, is_directory=is_directory)
        return path

    def _clean(self, raw: str) -> str:
        if raw.startswith("/"):
            raise Refused("has an absolute path", "paths below the top of the archive")
        if fault := _characters(raw):
            raise Refused(fault, "names of ordinary characters in UTF-8")
        parts = raw.rstrip("/").split("/")
        if ".." in parts:
            raise Refused("has `..` in its path", "paths below the top of the archive")
        parts = [part for part in parts if part not in {"", "."}]
        if len(raw) > self._limits.path or any(len(part.encode()) > _LONGEST_NAME for part in parts):
            raise Refused(f"has a path of {len(raw)} characters", f"at most {self._limits.path} characters")
        if len(parts) > self._limits.depth:
            raise Refused(f"lies {len(parts)} levels deep", f"at most {self._limits.depth} levels")
        return "/".join(parts)

    def _claim(self, path: str, *, is_directory: bool) -> None:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())
        taken = self._taken.get(folded)
        if taken is None:
            self._taken[folded] = (path, is_directory)
        elif taken[0] != path:
            raise Refused(f"is the same file as {taken[0]!r} on some file systems", "every name once")
        elif not (is_directory and taken[1]):
            raise Refused("is there twice", "every name once")


def _characters(raw: str) -> str | None:
    if any("\ud800" <= letter <= "\udfff" for letter in raw):
        return "has a name that is not UTF-8"
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Zl", "Zp"} for letter in raw):
        return "has control characters in its name"
    return "has a backslash in its name" if "\\" in raw else None
