"""Environments that were installed once, kept: installing the same on the next host would take half a minute again."""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from lab.ground import paths

KEPT: Final = 3
"""The newest ones. Each is about 200 MB, and every change of the checkout makes another."""
NOT_PART: Final = frozenset({"packages", "installed"})
"""In an environment's directory: what it was installed from, and the mark that it was."""


def kept(packages: Path) -> Path:
    """Where the environment is kept that these packages make: a tar, which may not be there."""
    content = hashlib.sha256()
    for file in (packages / "requirements.lock", next(packages.glob("sturnus-*.whl"))):
        content.update(hashlib.sha256(file.read_bytes()).digest())
    return paths.cache() / "environments" / f"{content.hexdigest()[:16]}.tar"


def keep(home: Path, target: Path) -> None:
    """Keep what was installed in a directory; those that were kept longest ago go."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".fresh-", dir=target.parent)) / target.name
    with tarfile.open(fresh, mode="w") as tar:
        for entry in sorted(home.iterdir()):
            if entry.name not in NOT_PART:
                tar.add(entry, arcname=entry.name)
    fresh.rename(target)
    fresh.parent.rmdir()
    newest = sorted(target.parent.glob("*.tar"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in newest[KEPT:]:
        old.unlink(missing_ok=True)
