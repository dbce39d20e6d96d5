"""Opens what a test made, and says how it was refused."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sturnus.applications.bundle.bundle import Bundle, CalledFor, open_bundle
from sturnus.applications.bundle.limits import DEFAULT_LIMITS, Limits
from sturnus.core.errors import Invalid
from tests.tarballs.applications import pack

NOTHING_CALLED = CalledFor()


def opened(directory: Path, files: Mapping[str, bytes] | bytes, called: CalledFor = NOTHING_CALLED) -> Bundle:
    """Pack files (bytes: already packed) and open them below a directory."""
    return open_bundle(written(directory, files), directory / "bundles", called=called)


def refusal(
    directory: Path,
    files: Mapping[str, bytes] | bytes,
    called: CalledFor = NOTHING_CALLED,
    limits: Limits = DEFAULT_LIMITS,
) -> Invalid:
    """Open what has to be refused; return the error. Nothing may be left of it."""
    tarball = written(directory, files)
    with pytest.raises(Invalid) as caught:
        open_bundle(tarball, directory / "bundles", called=called, limits=limits)
    assert left(directory) == []
    assert caught.value.expected
    assert caught.value.remedy
    return caught.value


def written(directory: Path, files: Mapping[str, bytes] | bytes) -> Path:
    tarball = directory / "app.tgz"
    tarball.write_bytes(files if isinstance(files, bytes) else pack(files))
    return tarball


def left(directory: Path) -> list[str]:
    """What is there below the place for bundles."""
    bundles = directory / "bundles"
    return sorted(str(path.relative_to(bundles)) for path in bundles.rglob("*"))


def raw_tgz(*members: tarfile.TarInfo | tuple[tarfile.TarInfo, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    """An archive of exactly these members, hostile ones too."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=form) as archive:
        for each in members:
            info, data = each if isinstance(each, tuple) else (each, b"")
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(content.getvalue(), mtime=0)


def member(name: str, data: bytes = b"", **changes: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in changes.items():
        setattr(info, key, value)
    return info, data
