"""Lists of checksums in a bundle (`*.md5`, `*.sha256`): what they name must be there and have that sum.

As `md5sum -c` and `sha256sum -c` read them, each in its own directory (reference/inventory.md §3.6). A file that no
list names is accepted. The sums find damage, not malice: whoever can change a file can change the list.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sturnus.applications.bundle.archive import Phase, Progress
from sturnus.applications.bundle.findings import Findings, Place
from sturnus.applications.bundle.limits import Limits
from sturnus.applications.bundle.tar_stream import CHUNK

ALGORITHMS: Final = {".md5": "md5", ".sha256": "sha256"}
_LINE: Final = re.compile(r"(?P<digest>[0-9a-fA-F]+) [ *](?P<path>.+)")
_LENGTHS: Final = {"md5": 32, "sha256": 64}


def verify(directory: Path, findings: Findings, limits: Limits, progress: Progress) -> None:
    """Check every list below `directory`; each line that is wrong becomes a fault."""
    files = [file for file in sorted(directory.rglob("*")) if file.is_file()]
    total = sum(file.stat().st_size for file in files)
    done = 0

    def read(count: int) -> None:
        nonlocal done
        done += count
        progress(Phase.CHECKSUMS, min(done, total), total)

    @functools.cache  # a list of a few megabytes can name a large file a hundred thousand times
    def digest(file: Path, algorithm: str) -> str:
        return _digest(file, algorithm, read)

    for listing in files:
        if listing.suffix not in ALGORITHMS:
            continue
        name = listing.relative_to(directory).as_posix()
        if listing.stat().st_size > limits.document:
            expected = f"at most {limits.document} bytes"
            findings.fault(Place(name), "is too large", expected=expected, remedy="build the tarball anew")
            continue
        for entry in _entries(listing, name, findings):
            _verify(entry, _inside(directory, listing.parent / entry.path), findings, digest)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of a list."""

    place: Place
    algorithm: str
    digest: str  # hexadecimal
    path: str  # from the list's own directory


def _verify(entry: _Entry, file: Path | None, findings: Findings, digest: Callable[[Path, str], str]) -> None:
    if file is None or not file.is_file():
        found = f"{entry.path} is not in the tarball"
        expected, remedy = "every file that the list names", "build the tarball anew, with its checksums"
    elif digest(file, entry.algorithm) != entry.digest:
        found = f"{entry.path} has another {entry.algorithm} sum"
        expected, remedy = "files as they were when the list was made", "fetch or build the tarball anew"
    else:
        return
    findings.fault(entry.place, found, expected=expected, remedy=remedy)


def _entries(listing: Path, name: str, findings: Findings) -> Iterator[_Entry]:
    algorithm = ALGORITHMS[listing.suffix]
    for number, line in enumerate(listing.read_bytes().decode("utf-8", "replace").split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = _LINE.fullmatch(line)
        if parts is None or len(parts["digest"]) != _LENGTHS[algorithm]:
            findings.fault(
                Place(name, number, 1),
                "is no checksum line",
                expected=f"an {algorithm} sum, two spaces, a path",
                remedy=f"make the list with {algorithm}sum",
            )
            continue
        yield _Entry(Place(name, number, 1), algorithm, parts["digest"].lower(), parts["path"].removeprefix("./"))


def _inside(top: Path, file: Path) -> Path | None:
    """Return the file that a line names; None if it would lie outside of the bundle."""
    relative = file.relative_to(top) if file.is_relative_to(top) else None
    if relative is None or ".." in relative.parts or "\0" in str(file) or len(str(file)) > 4000:
        return None
    return file


def _digest(file: Path, algorithm: str, read: Callable[[int], None]) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with file.open("rb") as content:
        while chunk := content.read(CHUNK):
            digest.update(chunk)
            read(len(chunk))
    return digest.hexdigest()
