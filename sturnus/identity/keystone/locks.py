"""Locks that end with the process that holds them, however it ends (flock(2))."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from sturnus.core.errors import Conflict


@contextlib.contextmanager
def alone(file: Path, *, doing: str, remedy: str) -> Iterator[None]:
    """Hold the file's lock alone. Raises Conflict when somebody else holds it, together with others or alone."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"{doing}: {file} is held by another process", expected="nobody", remedy=remedy) from None
        yield
    finally:
        os.close(handle)


def hold_through_exec(file: Path) -> int:
    """Share the file's lock from now on, and leave it to whatever program this process becomes, or hands it to."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_SH)
    fcntl.fcntl(handle, fcntl.F_SETFD, 0)  # not closed by exec
    return handle
