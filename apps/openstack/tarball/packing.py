"""Files into archives whose bytes depend on nothing but names and contents: no times, owners or order of a machine."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

Files = Mapping[str, bytes]
"""Path within the archive → content."""

IGNORED: Final = frozenset({"__pycache__", ".helmignore", "Chart.lock"})
"""Of no use once a chart is packed; a lock has the time it was made at."""


def files_of(directory: Path) -> dict[str, bytes]:
    """Every file below a directory, by its path from there."""
    found = (file for file in sorted(directory.rglob("*")) if file.is_file())
    return {
        file.relative_to(directory).as_posix(): file.read_bytes()
        for file in found
        if IGNORED.isdisjoint(file.relative_to(directory).parts)
    }


def packed(files: Files) -> bytes:
    """A `.tgz`: sorted, readable by all, owned by root, at the beginning of time."""
    unpacked = io.BytesIO()
    with tarfile.open(fileobj=unpacked, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(files):
            member = tarfile.TarInfo(path)
            member.size = len(files[path])
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(files[path]))
    return gzip.compress(unpacked.getvalue(), compresslevel=9, mtime=0)


def checksums(files: Files, algorithm: str) -> bytes:
    """A list as `md5sum` and `sha256sum` print it, for `-c` (reference/applications.md §1.6)."""
    lines = (
        f"{hashlib.new(algorithm, files[path], usedforsecurity=False).hexdigest()}  ./{path}\n"
        for path in sorted(files)
    )
    return "".join(lines).encode()
