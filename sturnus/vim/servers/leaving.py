"""How the servers of one host would leave it: where each goes, what cannot move and why, and the room that is left.

Used by the lock (plan.py, steps), by the evacuation and by the preview, so that all three say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sturnus.vim.servers.view import Server, Size


class Way(StrEnum):
    """How a server leaves a host."""

    LIVE = "live-migration"
    COLD = "cold-migration"
    STOP = "stop"
    """It stays, shut down, and is started again by the unlock."""
    EVACUATE = "evacuation"
    STAYS = "stays"
    """It needs nothing: it is shut off already, or being deleted."""
    CANNOT = "cannot"
    """It runs, and there is no way for it: a plain lock is refused."""


@dataclass(frozen=True, slots=True)
class Departure:
    """One server's way."""

    server: Server
    way: Way
    target: str | None  # where we expect it; Nova may know better
    why: str | None  # of CANNOT, and of a way that is not the first choice
    estimate: timedelta | None  # from earlier moves of this size; None: nobody knows


@dataclass(frozen=True, slots=True)
class Leaving:
    """All servers of one host, those first that go first."""

    hostname: str
    departures: tuple[Departure, ...]
    room_left: Mapping[str, Size]  # of each host that takes servers, after all went where we expect them
    estimate: timedelta | None  # of the whole, with the set parallelism
