"""Helm processes whose engine is dead: recognised by a mark in their environment, and ended before work begins anew.

Two Helm processes at one release would each overwrite what the other recorded. A mark says whose process it is (several
installations may share a machine) and which process started it, with its start time, since numbers are used again.
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from sturnus.core.processes import process_started

MARK: Final = "STURNUS_HELM"
"""Name of the variable."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Who started a Helm process, and for what."""

    owner: str  # installation of the platform
    pid: int  # of the process that started it
    started: int  # when that process started, in clock ticks since the machine did
    subject: str  # "openstack/keystone"

    def text(self) -> str:
        """As the variable's value."""
        return f"{self.owner} {self.pid} {self.started} {self.subject}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """From the variable's value; None if it is not one of ours."""
        parts = text.split(" ", 3)
        if len(parts) != 4 or not (parts[1].isdigit() and parts[2].isdigit()):
            return None
        return cls(parts[0], int(parts[1]), int(parts[2]), parts[3])


@dataclass(frozen=True, slots=True)
class Orphan:
    """A Helm process that nobody waits for."""

    pid: int
    subject: str


def orphans(owner: str, proc: Path = Path("/proc")) -> list[Orphan]:
    """The Helm processes of this installation that outlived whoever started them."""
    found = []
    for entry in proc.iterdir():
        if not entry.name.isdigit() or process_started(int(entry.name), proc) is None:
            continue
        mark = _mark(entry)
        if mark and mark.owner == owner and process_started(mark.pid, proc) != mark.started:
            found.append(Orphan(int(entry.name), mark.subject))
    return found


async def end_orphans(owner: str) -> list[Orphan]:
    """Kill the orphans of this installation, wait until they are gone, and tell which there were.

    To be called once, before the first operation. What they left in the cluster is a `pending-*` record at worst, which
    `records.repairs` knows to mend.
    """
    found = orphans(owner)
    for orphan in found:
        await _end(orphan.pid)
    return found


def _mark(entry: Path) -> Mark | None:
    try:
        environment = (entry / "environ").read_bytes()
    except OSError:  # gone by now, or another user's
        return None
    for variable in environment.split(b"\0"):
        name, _, value = variable.partition(b"=")
        if name == MARK.encode():
            return Mark.read(value.decode(errors="replace"))
    return None


async def _end(pid: int) -> None:
    try:
        handle = os.pidfd_open(pid)  # from here on the number cannot become another process's
    except ProcessLookupError:
        return
    gone = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(handle, gone.set)
    try:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        await gone.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)
