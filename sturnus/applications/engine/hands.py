"""What the engine needs of Helm and of the cluster, in its own words. Tests hand in scripted ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sturnus.applications.engine.decisions import Running, Workloads
from sturnus.applications.release import ReleaseName

Note = Callable[[str], None]
"""Told what is heard of a step while it is done."""
Usable = Callable[[], None]
"""Told once all is there that others wait for, though Helm has not ended: they may start."""


class StepFailed(Exception):
    """Helm did not do it, and would not the next time: `reason` is a sentence for the operator, without secrets."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Record:
    """The newest record of a release, read now."""

    running: Running | None  # None: Helm does not know it
    is_worked_on: bool  # somebody else's Helm, a short while ago


class Hands(Protocol):
    """Does one step with one release; returns the record that is the newest then.

    Every method may be cancelled at any moment, leaves nothing that runs on, and may be called again. `seconds` is how
    long it may take. Raises StepFailed, or Unavailable when the cluster does not answer.
    """

    async def install(self, name: ReleaseName, seconds: float, note: Note, usable: Usable) -> Running:
        """Install what is wanted."""
        ...

    async def upgrade(self, name: ReleaseName, seconds: float, note: Note, usable: Usable) -> Running:
        """Make what is there what is wanted."""
        ...

    async def roll_back(self, name: ReleaseName, revision: int, seconds: float, note: Note) -> Running:
        """Bring an earlier revision back."""
        ...

    async def uninstall(self, name: ReleaseName, seconds: float, note: Note) -> None:
        """Remove it, with its hooks."""
        ...

    async def replace_jobs(self, name: ReleaseName) -> None:
        """Delete the Jobs that stand in the way of an upgrade."""
        ...

    async def repair(self, name: ReleaseName, running: Running) -> Running | None:
        """Put the record of a process that died right; None if that leaves none."""
        ...

    async def look(self, name: ReleaseName) -> Record:
        """Read the newest record."""
        ...


class Eyes(Protocol):
    """What the cluster shows of the workloads of releases, kept up to date by watches."""

    def workloads(self, name: ReleaseName) -> Workloads:
        """How far what this release made has come, now."""
        ...

    def listen(self) -> asyncio.Event:
        """What the next change in the cluster sets. Ask before looking."""
        ...
