"""Network namespaces that live as long as a file does; no name of theirs shows up in `ip netns`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from lab.ground.commands import run
from lab.ground.errors import LabError


def ensure(file: Path) -> None:
    """Make the namespace that `file` keeps alive, with its loopback interface up, unless it is there."""
    if alive(file):
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    run(["unshare", f"--net={file}", "ip", "link", "set", "lo", "up"])


def alive(file: Path) -> bool:
    """Whether the file is a namespace: a mount of its own, not the empty file below it."""
    return os.path.ismount(file)


def remove(file: Path) -> None:
    """Let go of a namespace. It ends with the last process in it, and its interfaces with it."""
    if alive(file):
        run(["umount", str(file)])
    file.unlink(missing_ok=True)


def inside(file: Path, *argv: str) -> list[str]:
    """The command that runs `argv` in a namespace."""
    return ["nsenter", f"--net={file}", *argv]


def become(file: Path, argv: Sequence[str]) -> NoReturn:
    """Turn this process into a program of this machine that has a namespace's network.

    Raises:
        LabError: there is no such namespace.

    """
    if not alive(file):
        raise LabError(f"{file.name} is not there", "lab up lays the cables that are missing")
    entered = inside(file, *argv)
    os.execvp(entered[0], entered)


def configure(file: Path, lines: Iterable[str]) -> None:
    """Run `ip` commands in a namespace, in one process; stops at the first that fails."""
    if batch := "\n".join(lines):
        run(inside(file, "ip", "-batch", "-"), stdin=batch + "\n")
