"""How long moves take, from those that were made, and how many are made at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median_low
from typing import Final

from sturnus.vim.servers.leaving import Way
from sturnus.vim.servers.view import Size

AT_ONCE: Final = 4
"""Moves at a time (reference/vim.md §4, max_concurrent_recovering_instances)."""


def memory_class(memory_mib: int) -> int:
    """What moves are compared by: the power of two GiB that holds the memory. A move takes what its memory takes."""
    gib = max(1, -(-memory_mib // 1024))
    return (gib - 1).bit_length()


@dataclass(frozen=True, slots=True)
class Moves:
    """What earlier moves took, and the set parallelism."""

    at_once: int = AT_ONCE
    medians: Mapping[tuple[Way, int], timedelta] = field(default_factory=dict)  # by way and memory class

    def estimate(self, way: Way, size: Size) -> timedelta | None:
        """How long one move takes; None: none of that way and class was made yet."""
        return self.medians.get((way, memory_class(size.memory_mib)))


def moves_of(made: Iterable[tuple[Way, int, timedelta]], at_once: int = AT_ONCE) -> Moves:
    """Sum up moves that were made: the way, the server's memory in MiB, how long it took."""
    taken: dict[tuple[Way, int], list[timedelta]] = {}
    for way, memory_mib, took in made:
        taken.setdefault((way, memory_class(memory_mib)), []).append(took)
    return Moves(at_once, {key: median_low(times) for key, times in taken.items()})
