"""Plans how the servers of one host leave it. Pure: one view in, one plan out.

The lock, the evacuation and the preview all ask here, again each time they look, so that all three say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from sturnus.vim.servers.leaving import Departure, Leaving, Way
from sturnus.vim.servers.moves import Moves
from sturnus.vim.servers.view import CloudView, Server, ServerStatus, Size

__all__ = ["Moves", "Reason", "plan_leaving"]

PRIORITY: Final = "recovery_priority"
LAST: Final = 10
"""The priority of a server that has none (reference/vim.md §4)."""


class Reason(StrEnum):
    """Why a host is left."""

    LOCK = "lock"
    """The operator wants it empty; what cannot move makes the lock fail."""
    FORCE_LOCK = "force-lock"
    """The operator does not want to wait: what cannot move is stopped."""
    FAILURE = "failure"
    """The host is dead: its servers are started elsewhere."""


def plan_leaving(
    view: CloudView, hostname: str, *, reason: Reason, hosts: Mapping[str, frozenset[str]], moves: Moves
) -> Leaving:
    """Say how each server leaves a host, those first that go first.

    `hosts`: the labels that are `enabled`, of the inventory's hosts that are unlocked and enabled, by hostname; a host
    that is not in it is no target. The host that is left should be in it too: its labels count, and it is no target.
    """
    free = {
        name: _minus(host.total, host.used)
        for name, host in view.hosts.items()
        if name != hostname and name in hosts and host.takes_servers
    }
    departures = []
    for server in sorted(view.on(hostname), key=_turn):
        departure = _depart(server, reason, free, moves)
        if departure.target is not None:
            free[departure.target] = _minus(free[departure.target], server.size)
        departures.append(departure)
    return Leaving(hostname, tuple(departures), free, None)


def _turn(server: Server) -> tuple[int, int, int, int, str]:
    """Sorts by priority, then larger first (reference/vim.md §4)."""
    said = server.metadata.get(PRIORITY, "")
    priority = int(said) if said.isdecimal() and 1 <= int(said) <= LAST else LAST
    size = server.size
    return priority, -size.vcpus, -size.memory_mib, -size.disk_gib, server.uuid


def _depart(server: Server, reason: Reason, free: Mapping[str, Size], moves: Moves) -> Departure:
    if server.status is not ServerStatus.ACTIVE:
        return Departure(server, Way.STAYS, None, None, None)
    fitting = [name for name, room in free.items() if _fits(server.size, room)]
    if not fitting:
        departure = Departure(server, Way.CANNOT, None, "no host has room for it", None)
        return departure if reason is not Reason.FORCE_LOCK else replace(departure, way=Way.STOP)
    way = Way.EVACUATE if reason is Reason.FAILURE else Way.LIVE
    target = max(fitting, key=lambda name: (free[name].memory_mib, free[name].vcpus, name))
    return Departure(server, way, target, None, moves.estimate(way, server.size))


def _minus(room: Size, taken: Size) -> Size:
    return Size(room.vcpus - taken.vcpus, room.memory_mib - taken.memory_mib, room.disk_gib - taken.disk_gib)


def _fits(size: Size, room: Size) -> bool:
    return size.vcpus <= room.vcpus and size.memory_mib <= room.memory_mib and size.disk_gib <= room.disk_gib
