"""Hosts in the order in which one size of server likes them: kept while room is booked, not made anew each time.

Of a thousand hosts only the one that was just given a server changes its place, so a server costs the logarithm of the
hosts and not all of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping

from sturnus.vim.servers.view import ComputeHost, Size

Rule = Callable[[Size, Size], float]
"""How good a host is for a server: the room that would be left there, and what the host has in all. More is better."""


class Ranking:
    """The hosts that have room for a server of one size, by one rule; among equals the last by name comes first."""

    def __init__(
        self, size: Size, rule: Rule, hosts: Mapping[str, ComputeHost], free: Mapping[str, Size], names: Iterable[str]
    ) -> None:
        self._size = size
        self._rule = rule
        self._hosts = hosts
        self._free = free
        self._names = sorted(names, reverse=True)
        self._numbers = {name: number for number, name in enumerate(self._names)}
        self._current: dict[str, tuple[float, int]] = {}  # how each sorts now; what else is in the heap is old
        for name in self._names:
            self._judge(name)
        self._heap = sorted(self._current.values())

    def changed(self, name: str) -> None:
        """Room of a host was taken."""
        if name in self._numbers and (entry := self._judge(name)) is not None:
            heapq.heappush(self._heap, entry)

    def quality(self, name: str) -> float | None:
        """How good a host is; None: it has no room, or is none of these."""
        entry = self._current.get(name)
        return None if entry is None else -entry[0]

    def best(self, is_out: Callable[[str], bool]) -> str | None:
        """The best host that is not out for another reason than room; None: there is none."""
        found, aside = None, []
        while self._heap and found is None:
            entry = self._heap[0]
            name = self._names[entry[1]]
            if self._current.get(name) != entry:
                heapq.heappop(self._heap)
            elif is_out(name):
                aside.append(heapq.heappop(self._heap))
            else:
                found = name
        for entry in aside:
            heapq.heappush(self._heap, entry)
        return found

    def _judge(self, name: str) -> tuple[float, int] | None:
        left = minus(self._free[name], self._size)
        if not fits(self._size, self._free[name]):
            self._current.pop(name, None)
            return None
        entry = self._current[name] = -self._rule(left, self._hosts[name].total), self._numbers[name]
        return entry


def minus(room: Size, taken: Size) -> Size:
    """What is left; below zero where more is taken than there is."""
    return Size(room.vcpus - taken.vcpus, room.memory_mib - taken.memory_mib, room.disk_gib - taken.disk_gib)


def fits(size: Size, room: Size) -> bool:
    """Whether there is room. What a server does not need may be overdrawn."""
    return (
        (size.vcpus <= room.vcpus or not size.vcpus)
        and (size.memory_mib <= room.memory_mib or not size.memory_mib)
        and (size.disk_gib <= room.disk_gib or not size.disk_gib)
    )


def spread(left: Size, total: Size) -> float:
    """Prefer the host that has most left of what it has least of."""
    return min(
        left.vcpus / max(1, total.vcpus),
        left.memory_mib / max(1, total.memory_mib),
        # Volumes make disks that nobody fills and that nobody has: they decide nothing then.
        left.disk_gib / total.disk_gib if total.disk_gib > 0 else 1.0,
    )


def pack(left: Size, total: Size) -> float:
    """Prefer the host that is filled best."""
    return -spread(left, total)
