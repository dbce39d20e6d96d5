"""A lab's description on disk, and the lock of whoever changes it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import ValidationError

from lab.ground import paths
from lab.ground.description import Lab, checked_name
from lab.ground.errors import LabError


def save(lab: Lab) -> None:
    """Write the description; it is there whole or not at all."""
    replace_file(lab.paths.description, lab.model_dump_json(indent=2) + "\n")


def load(name: str) -> Lab | None:
    """The description of a lab; None when there is no such lab.

    Raises:
        LabError: the file is there but cannot be understood.

    """
    file = paths.LabPaths(checked_name(name)).description
    try:
        return Lab.model_validate_json(file.read_text())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        remedy = f"lab down --name {name}, then lab up"
        raise LabError(f"{file} is not a lab's description ({error.error_count()} errors)", remedy) from error


def existing(name: str) -> Lab:
    """The description of a lab that has to be there.

    Raises:
        LabError: there is none of that name; lists those that there are.

    """
    if lab := load(name):
        return lab
    others = ", ".join(other.name for other in every_lab())
    raise LabError(f"there is no lab {name}", f"lab up --name {name}" + (f" (there are: {others})" if others else ""))


def every_lab() -> list[Lab]:
    """All labs of this machine, by name."""
    found = (load(file.parent.name) for file in sorted(paths.labs().glob("*/lab.json")))
    return [lab for lab in found if lab]


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Be the only one who changes this lab.

    Raises:
        LabError: somebody else does so now.

    """
    file = paths.LabPaths(checked_name(name)).lock
    handle = _lock(file, name)
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        if not paths.LabPaths(name).run.exists():  # the lab is down, or never came up: nothing of it stays
            file.unlink(missing_ok=True)
            with suppress(OSError):  # other labs are in it
                paths.runtime().rmdir()
        os.close(handle)


def _lock(file: Path, name: str) -> int:
    """The locked file. Whoever takes a lab down removes it, so the one that was opened may be gone when locked."""
    while True:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            holder = os.pread(handle, 32, 0).decode() or "unknown"
            os.close(handle)
            raise LabError(f"lab {name} is being changed by process {holder}", "wait for it to end") from busy
        if file.exists() and os.fstat(handle).st_ino == file.stat().st_ino:
            return handle
        os.close(handle)


def replace_file(file: Path, text: str, mode: int = 0o644) -> None:
    """Write a file so that a reader, or the next start after a crash, sees the old or the new one, never a half."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.rename(file)
