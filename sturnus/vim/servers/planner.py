"""Plans how the servers of one host leave it. Pure: one view in, one plan out.

The lock, the evacuation and the preview all ask here, again each time they look, so that all three say the same. Nova's
scheduler knows more than we do (NUMA, aggregates) and has the last word on targets.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from sturnus.vim.servers.leaving import Departure, Leaving, Way
from sturnus.vim.servers.moves import Moves
from sturnus.vim.servers.ranking import Rule, pack, spread
from sturnus.vim.servers.room import Room
from sturnus.vim.servers.view import CloudView, Server
from sturnus.vim.servers.ways import Choice, Reason, Source, choose, forced

__all__ = ["Moves", "Reason", "plan_leaving", "priority"]

PRIORITY: Final = "recovery_priority"
LAST: Final = 10
"""The priority of a server that has none (reference/vim.md §4)."""
MOVING: Final = frozenset({Way.LIVE, Way.COLD, Way.EVACUATE})
"""Ways that need a host to go to."""
IDLE: Final = frozenset({Way.STAYS, Way.CANNOT})
"""Ways that take no time."""


def plan_leaving(
    view: CloudView, hostname: str, *, reason: Reason, hosts: Mapping[str, frozenset[str]], moves: Moves
) -> Leaving:
    """Say how each server leaves a host, those first that go first, and last those that do not go.

    `hosts`: the labels that are `enabled`, of the inventory's hosts that are unlocked and enabled, by hostname; a host
    that is not in it is no target. The host that is left should be in it too: its labels count, and it is no target.
    """
    own = view.hosts.get(hostname)
    source = Source(
        hostname,
        is_heard=own is not None and own.up,
        is_only=not any(name != hostname for name in view.hosts),
        labels=hosts.get(hostname, frozenset()),
    )
    choices = [(server, choose(server, reason, source)) for server in sorted(view.on(hostname), key=_turn)]
    moving = [server for server, choice in choices if choice.way in MOVING]
    room, targets = _place(Room(view, hostname, hosts), moving, spread)
    if len(targets) < len(moving):
        packed, all_of_them = _place(Room(view, hostname, hosts), sorted(moving, key=_larger), pack)
        # Only if it leaves nobody behind: otherwise those that matter most have the first choice.
        if len(all_of_them) == len(moving):
            room, targets = packed, all_of_them
    departures = []
    for server, first in choices:
        choice = first
        if first.way in MOVING and server.uuid not in targets:
            choice = Choice(Way.CANNOT, room.obstacles(server))
            choice = forced(server, choice, source) if reason is Reason.FORCE_LOCK else choice
        estimate = None if choice.way in IDLE else moves.estimate(choice.way, server.size)
        departures.append(Departure(server, choice.way, targets.get(server.uuid), choice.why, estimate))
    departures.sort(key=lambda each: each.way in IDLE)
    return Leaving(hostname, tuple(departures), dict(room.free), _whole(departures, moves.at_once))


def priority(server: Server) -> int:
    """1 goes first, 10 last; what makes no sense counts as 10."""
    said = server.metadata.get(PRIORITY, "")
    return int(said) if said.isascii() and said.isdecimal() and 1 <= int(said) <= LAST else LAST


def _turn(server: Server) -> tuple[int, tuple[int, int, int], str]:
    """Sorts by priority, then larger first (reference/vim.md §4)."""
    return priority(server), _larger(server), server.uuid


def _larger(server: Server) -> tuple[int, int, int]:
    size = server.size
    return -size.vcpus, -size.memory_mib, -size.disk_gib


def _place(room: Room, servers: Sequence[Server], rule: Rule) -> tuple[Room, Mapping[str, str]]:
    """Give each a host in turn; which got which, by uuid."""
    targets = {}
    for server in servers:
        if (name := room.find(server, rule)) is not None:
            room.take(server, name)
            targets[server.uuid] = name
    return room, targets


def _whole(departures: Sequence[Departure], at_once: int) -> timedelta | None:
    """How long all take, so many at once, in this order. None: one of them nobody knows."""
    ends = [timedelta()] * max(1, at_once)
    for each in departures:
        if each.way in IDLE:
            continue
        if each.estimate is None:
            return None
        heapq.heapreplace(ends, ends[0] + each.estimate)
    return max(ends)
