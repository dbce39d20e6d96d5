"""A tarball becomes a directory, or nothing: it is unpacked beside its place, and moved there when it is whole."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Final

from sturnus.applications.bundle import tar_stream
from sturnus.applications.bundle.limits import Limits
from sturnus.core.errors import Invalid, NotFound, Unavailable

SUFFIXES: Final = (".tgz", ".tar.gz")
UNFINISHED: Final = ".opening-"
_SHA256: Final = re.compile("[0-9a-f]{64}")


class Phase(StrEnum):
    """What is being done with a tarball; StarlingX's clients show words of this kind (reference/inventory.md §3.4)."""

    UNPACKING = "extracting application tar file"
    """Bytes of the tarball."""
    CHECKSUMS = "verifying checksums"
    """Bytes of the files."""
    READING = "validating and uploading charts"
    """Charts."""


Progress = Callable[[Phase, int, int], None]
"""Called often with what is done and what there is in all. If it raises, the opening ends and leaves no trace."""


def ignored(_phase: Phase, _done: int, _total: int) -> None:
    """Nobody wants to know how far it is."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The files of a tarball in a directory that is not in its place yet."""

    directory: Path
    sha256: str  # of the tarball


@contextmanager
def unpacked(tarball: Path, into: Path, limits: Limits, progress: Progress) -> Iterator[Unpacked]:
    """Unpack into a fresh directory below `into`; it goes away at the end unless `settle` moved it to its place.

    Raises Invalid, NotFound (no such file), Unavailable (disk full, file unreadable).
    """
    if not tarball.name.endswith(SUFFIXES):
        raise Invalid(
            f"{tarball.name} is no application tarball by its name",
            expected=f"a file that ends in {' or '.join(SUFFIXES)}",
            remedy="name the tarball that the build made",
        )
    if tarball.exists() and not tarball.is_file():
        raise Invalid(f"{tarball} is no file", expected="a tarball", remedy="name the tarball that the build made")
    directory = into / f"{UNFINISHED}{secrets.token_hex(8)}"
    try:
        with _storage(tarball):
            into.mkdir(mode=0o700, parents=True, exist_ok=True)
            directory.mkdir(mode=0o700)
            sha256 = _unpack(tarball, directory, limits, progress)
        yield Unpacked(directory, sha256)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def settle(unpacked: Unpacked, into: Path) -> Path:
    """Move it to its place, `into/SHA256`: whole or not at all. If the same tarball is there, that one stays."""
    place = into / unpacked.sha256
    with _storage(place):
        _sync_directories(unpacked.directory)
        try:
            unpacked.directory.rename(place)
        except OSError as error:
            if error.errno not in {errno.EEXIST, errno.ENOTEMPTY}:
                raise
            os.utime(place)  # wanted again: `remove_unnamed` looks at its age
        _sync(into)
    return place


def remove_leftovers(into: Path) -> None:
    """Remove what killed openings left. Call it when the process starts, before it opens anything."""
    for leftover in into.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def remove_unnamed(into: Path, named: Collection[str], before: datetime) -> None:
    """Remove bundles that have none of these names, `SHA256`, and that nothing was opened into since `before`."""
    for place in into.glob("*"):
        if _SHA256.fullmatch(place.name) and place.name not in named and place.stat().st_mtime < before.timestamp():
            # Gone at once: the same tarball may be opened meanwhile.
            going = place.rename(into / f"{UNFINISHED}{secrets.token_hex(8)}")
            shutil.rmtree(going, ignore_errors=True)


def _unpack(tarball: Path, directory: Path, limits: Limits, progress: Progress) -> str:
    with tarball.open("rb") as packed:
        total = os.fstat(packed.fileno()).st_size
        if total > limits.packed:
            raise Invalid(
                f"{tarball.name} has {total} bytes",
                expected=f"at most {limits.packed} bytes",
                remedy="leave out what the application does not need",
            )
        reading = tar_stream.members(packed, tarball.name, limits, lambda done: progress(Phase.UNPACKING, done, total))
        for member in reading:
            path = PurePosixPath(member.path)
            if member.kind is tar_stream.Kind.DIRECTORY:
                _make_directory(directory, path)
            else:
                _make_directory(directory, path.parent)
                _write(directory / path, member)
        return reading.sha256


def _make_directory(top: Path, path: PurePosixPath) -> None:
    """Each with its own mode: `parents=True` would open those in between to everyone."""
    for part in (*reversed(path.parents), path):
        (top / part).mkdir(mode=0o700, exist_ok=True)


def _write(target: Path, member: tar_stream.Member) -> None:
    # The directory is fresh and nobody else's, and no link was unpacked into it. O_EXCL and O_NOFOLLOW make sure.
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for chunk in member.content():
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _sync_directories(top: Path) -> None:
    for directory, _, _ in os.walk(top):
        _sync(Path(directory))


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _storage(file: Path) -> Iterator[None]:
    """Turn what the file system says into an error that an operator can act on."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound(
            f"{file} does not exist", expected="a file that the platform can read", remedy="check the path"
        ) from None
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        raise Unavailable(
            f"{file.name}: {error.strerror}",
            expected="room for the unpacked application" if full else "a file that the platform can read",
            remedy="free space on the platform's file system, then upload again" if full else "check the file",
        ) from error
