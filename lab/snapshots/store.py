"""Where snapshots are, and how they are copied. A snapshot is a lab's state directory, under another name."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Final

from lab.ground import paths
from lab.ground.commands import run
from lab.ground.description import Lab, checked_name
from lab.ground.errors import LabError
from lab.ground.paths import LabPaths

COPY_DEADLINE: Final = timedelta(minutes=10)
DESCRIPTION: Final = "lab.json"


def directory() -> Path:
    """All snapshots of this machine."""
    return paths.cache() / "snapshots"


def names() -> list[str]:
    """The snapshots that there are."""
    return sorted(path.parent.name for path in directory().glob(f"[a-z0-9]*/{DESCRIPTION}"))


def described(name: str) -> Lab:
    """The lab that a snapshot was taken of.

    Raises:
        LabError: no such snapshot; lists those that there are.

    """
    file = directory() / checked_name(name) / DESCRIPTION
    if not file.exists():
        known = ", ".join(names())
        raise LabError(f"there is no snapshot {name}", f"there are: {known}" if known else "lab snapshot takes one")
    return Lab.model_validate_json(file.read_text())


def save(source: LabPaths, name: str) -> None:
    """Copy the state of a lab whose hosts are off; replaces a snapshot of the same name."""
    directory().mkdir(parents=True, exist_ok=True)
    target = directory() / checked_name(name)
    fresh = _copy(source.state, directory())
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def restore(name: str, target: Lab) -> None:
    """Make the state of a lab that is not there yet; its description is the caller's."""
    paths.labs().mkdir(parents=True, exist_ok=True)
    fresh = _copy(directory() / name, paths.labs())
    # Made for the addresses of the lab that the snapshot was taken of.
    (fresh / "secrets" / "kubeconfig").unlink(missing_ok=True)
    (fresh / DESCRIPTION).write_text(target.model_dump_json(indent=2) + "\n")
    fresh.rename(target.paths.state)


def delete(name: str) -> None:
    """Remove a snapshot.

    Raises:
        LabError: no such snapshot.

    """
    described(name)
    shutil.rmtree(directory() / name)


def _copy(source: Path, parent: Path) -> Path:
    """A copy beside where it shall be: owners, modes, extended attributes, white-outs; by reference if possible."""
    fresh = Path(tempfile.mkdtemp(prefix=".copy-", dir=parent))
    try:
        run(["cp", "--archive", "--reflink=auto", "--no-target-directory", str(source), str(fresh)],
            deadline=COPY_DEADLINE)  # fmt: skip
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return fresh
