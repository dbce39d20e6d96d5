"""A `.tgz` read from front to back without trust: every member is checked before a byte of it is used.

Not `tarfile.open`: it reads headers of any size into memory, takes a damaged header for the end of the archive, and is
content with one that was cut off between two members. Only its decoder of a single header block is used.
"""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Final

from sturnus.applications.bundle.limits import KIB, Limits
from sturnus.applications.bundle.member_path import MemberPaths, Refused
from sturnus.core.errors import Invalid

BLOCK: Final = tarfile.BLOCKSIZE
CHUNK: Final = 256 * KIB
_LONGEST_HEADER: Final = 16 * KIB
"""Bytes of one extended header: a path, a few times and owners."""


class Kind(StrEnum):
    """What a member may be."""

    FILE = "file"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True)
class Member:
    """One file or directory. Take the content before asking for the next member, which skips what was not taken."""

    path: str  # relative, `/` between parts, without `.` and `..`
    kind: Kind
    size: int
    content: Callable[[], Iterator[bytes]]


def members(packed: BinaryIO, name: str, limits: Limits, seen: Callable[[int], None] = lambda _: None) -> Reading:
    """Start reading; iterate over the result. `seen(packed bytes so far)` is called often, and may raise to stop it."""
    return Reading(packed, name, limits, seen)


class Reading:
    """One pass over an archive. Iterating raises Invalid at the first thing that is not as it should be."""

    def __init__(self, packed: BinaryIO, name: str, limits: Limits, seen: Callable[[int], None]) -> None:
        self._packed = _Counted(packed, seen)
        self._name, self._limits = name, limits
        self._unpacked = 0
        self._left = 0  # of the member's content, padding included
        self._stream = gzip.GzipFile(mode="rb", fileobj=self._packed)

    @property
    def sha256(self) -> str:
        """Of the packed bytes; meaningful once the iteration has ended."""
        return self._packed.digest.hexdigest()

    def __iter__(self) -> Iterator[Member]:
        """Yield every member; afterwards the archive was read to its very end."""
        paths, count, extended = MemberPaths(self._limits), 0, _Extended()
        while (header := self._header()) is not None:
            count += 1
            if count > self._limits.members:
                raise self._refused(f"has more than {self._limits.members} members", "fewer members")
            if header.type in _EXTENDED:
                extended = self._extended(header, extended)
                continue
            member = self._member(header, extended, paths)
            extended = _Extended()
            if member is not None:
                yield member
            self._skip()
        self._expect_end()

    def _header(self) -> tarfile.TarInfo | None:
        """Read the next header; None at the end mark."""
        block = self._read(BLOCK)
        if block.count(0) == BLOCK:
            return None
        try:
            return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError:
            raise self._refused("has a damaged header", "a tar archive, packed by gzip") from None

    def _member(self, header: tarfile.TarInfo, extended: _Extended, paths: MemberPaths) -> Member | None:
        raw = extended.path if extended.path is not None else header.name
        size = extended.size if extended.size is not None else header.size
        shown = repr(raw[: self._limits.path])
        kind = _KINDS.get(header.type)
        if kind is None or extended.sparse:
            what = "sparse" if extended.sparse else _NAMES.get(header.type, "of an unknown type")
            raise self._refused(f"member {shown} is {what}", "files and directories only")
        if kind is Kind.DIRECTORY or raw.endswith("/"):
            kind, size = Kind.DIRECTORY, 0
        if size < 0 or size > self._limits.file:
            raise self._refused(f"member {shown} has {size} bytes", f"at most {self._limits.file} bytes in a file")
        try:
            path = paths.take(raw, is_directory=kind is Kind.DIRECTORY)
        except Refused as reason:
            raise self._refused(f"member {shown} {reason.found}", reason.expected) from None
        self._left = _padded(size)
        return Member(path, kind, size, lambda: self._content(size)) if path else None

    def _content(self, size: int) -> Iterator[bytes]:
        while size:
            chunk = self._read(min(size, CHUNK))
            size -= len(chunk)
            self._left -= len(chunk)
            yield chunk

    def _skip(self) -> None:
        while self._left:
            self._left -= len(self._read(min(self._left, CHUNK)))

    def _extended(self, header: tarfile.TarInfo, extended: _Extended) -> _Extended:
        """Take in a header that describes the next member (`x`, GNU's `L`) or the whole archive (`g`)."""
        if not 0 <= header.size <= _LONGEST_HEADER:
            raise self._refused(
                f"has an extended header of {header.size} bytes", f"at most {_LONGEST_HEADER} bytes there"
            )
        content = self._read(_padded(header.size))[: header.size]
        if header.type == tarfile.GNUTYPE_LONGNAME:
            return _Extended(_text(content.rstrip(b"\0")), extended.size, extended.sparse)
        if header.type == tarfile.XHDTYPE:
            try:
                return _from_records(content, extended)
            except ValueError:
                raise self._refused("has a damaged extended header", "a tar archive, packed by gzip") from None
        return extended  # of the whole archive: owners and comments, nothing that we use

    def _expect_end(self) -> None:
        """Behind the end mark: zeros to fill a record, and nothing else."""
        while chunk := self._read_up_to(CHUNK):
            if chunk.count(0) != len(chunk):
                raise self._refused("goes on after its end", "nothing behind the end mark of the archive")

    def _read(self, size: int) -> bytes:
        chunk = self._read_up_to(size)
        if len(chunk) < size:
            raise self._refused("ends in the middle", "a whole archive")
        return chunk

    def _read_up_to(self, size: int) -> bytes:
        try:
            chunk = self._stream.read(size)
        except EOFError:
            raise self._refused("ends in the middle", "a whole archive") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            found = "goes on after its end" if self._unpacked and "Not a gzipped file" in str(error) else _GZIP
            raise self._refused(found, "an archive packed by gzip, and nothing else") from None
        self._unpacked += len(chunk)
        self._check_size()
        return chunk

    def _check_size(self) -> None:
        if self._unpacked > self._limits.unpacked:
            raise self._refused(f"unpacks to more than {self._limits.unpacked} bytes", "a smaller application")
        bomb = self._unpacked > max(self._limits.ratio_from, self._packed.count * self._limits.ratio)
        if bomb:
            raise self._refused(
                f"unpacks to more than {self._limits.ratio} times its size", "an archive that is no bomb"
            )
        if self._packed.count > self._limits.packed:
            raise self._refused(f"has more than {self._limits.packed} bytes", "a smaller application")

    def _refused(self, found: str, expected: str) -> Invalid:
        message = f"{self._name} {found}"
        return Invalid(message, expected=expected, remedy=f"build {self._name} anew: tar czf", details=(message,))


_GZIP: Final = "is not packed by gzip, or is damaged"
_KINDS: Final = {
    tarfile.REGTYPE: Kind.FILE,
    tarfile.AREGTYPE: Kind.FILE,
    tarfile.DIRTYPE: Kind.DIRECTORY,
}
_NAMES: Final = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a FIFO",
    tarfile.GNUTYPE_SPARSE: "sparse",
    tarfile.GNUTYPE_LONGLINK: "a link",
}
_EXTENDED: Final = frozenset({tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME})


@dataclass(frozen=True, slots=True)
class _Extended:
    """What extended headers say of the member that follows them. None: nothing."""

    path: str | None = None
    size: int | None = None
    sparse: bool = False


def _from_records(content: bytes, extended: _Extended) -> _Extended:
    """Read the records `LENGTH KEY=VALUE` (POSIX.1-2001, pax); keys that do not matter are passed over."""
    while content.strip(b"\0"):
        digits, space, _ = content.partition(b" ")
        length = int(digits) if space and digits.isdigit() and len(digits) < 6 else 0
        if not 5 <= length <= len(content):
            raise ValueError(digits)
        record, content = content[len(digits) + 1 : length], content[length:]
        key, equals, value = record.partition(b"=")
        if not equals or not value.endswith(b"\n"):
            raise ValueError(digits)
        value = value[:-1]
        if key == b"path":
            extended = _Extended(_text(value), extended.size, extended.sparse)
        elif key == b"size":
            extended = _Extended(extended.path, _digits(value), extended.sparse)
        elif key.startswith(b"GNU.sparse"):
            extended = _Extended(extended.path, extended.size, sparse=True)
    return extended


def _digits(value: bytes) -> int:
    if not value.isdigit() or len(value) > 20:
        raise ValueError(value)
    return int(value)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


class _Counted:
    """The packed file: counts and digests what is read of it."""

    def __init__(self, file: BinaryIO, seen: Callable[[int], None]) -> None:
        self._file, self._seen = file, seen
        self.count = 0
        self.digest = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._file.read(size)
        self.count += len(chunk)
        self.digest.update(chunk)
        self._seen(self.count)
        return chunk

    def seek(self, _offset: int, /) -> int:
        """Never called: an archive is read once, from front to back."""
        raise NotImplementedError
