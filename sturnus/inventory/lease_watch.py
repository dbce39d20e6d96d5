"""The second witness: Kubernetes leases of the nodes, followed by one watch.

A node's clock is never compared with ours. What counts is when we saw its lease renewed, by our own clock, while the
watch went on: a lease is stale when that is longer ago than it says itself that it lasts. A cluster that cannot be
watched is no witness, and whoever was not watched for a while gets the whole time anew.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from sturnus.core.errors import Unavailable
from sturnus.inventory.hearing import Monotonic
from sturnus.inventory.ports import Leases
from sturnus.inventory.witnesses import Lease
from sturnus.kubernetes.lease import LeaseGone, NodeLease

FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 10.0
"""Seconds between two attempts to watch a cluster that does not answer."""
LOOK_DEADLINE: Final = 2.0
"""Seconds for one look at one lease: others are waiting to be judged."""
GAP: Final = 2.0
"""Seconds without a watch after which nothing that was seen before it counts any more."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SeenLease:
    """A lease as we saw it."""

    lease: NodeLease
    seen: float  # when we saw it in this state first
    is_renewal: bool  # False: it was so when the watch began, and nobody knows for how long

    def state(self, now: float) -> Lease:
        """What it says of its host."""
        if now - self.seen > self.lease.duration:
            return Lease.STALE
        return Lease.RENEWED if self.is_renewal else Lease.UNSURE


class LeaseBoard:
    """What the watch has told so far."""

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._leases: dict[str, SeenLease] = {}
        self._broken_at: float | None = None
        self.waits_for: str | None = "the first answer of the cluster"
        """Why the cluster is no witness now; None while it is one."""

    def take(self, found: NodeLease | LeaseGone) -> None:
        """Something was seen."""
        now = self._monotonic()
        if self._broken_at is not None and now - self._broken_at > GAP:
            self._leases.clear()
        self._broken_at = self.waits_for = None
        self.note(found)

    def note(self, found: NodeLease | LeaseGone) -> None:
        """One lease is so, whether the others are watched or not."""
        if isinstance(found, LeaseGone):
            self._leases.pop(found.node, None)
            return
        known = self._leases.get(found.node)
        if known is None or known.lease.renewed != found.renewed:
            self._leases[found.node] = SeenLease(found, self._monotonic(), is_renewal=known is not None)

    def nobody_watches(self, reason: str) -> None:
        """There is no cluster to watch."""
        self.waits_for = reason

    def broken(self, reason: str) -> None:
        """The watch ended, and not by our wish."""
        self.waits_for = reason
        if self._broken_at is None:
            self._broken_at = self._monotonic()

    def of(self, node: str) -> SeenLease | None:
        """The lease of a node; None: it has none."""
        return self._leases.get(node)


class LeaseWatch:
    """The loop that follows the cluster."""

    def __init__(self, leases: Leases, board: LeaseBoard) -> None:
        self._leases = leases
        self._board = board

    async def run(self) -> None:
        """Follow the cluster until cancelled; begin again, ever more slowly, when it does not answer."""
        pause = FIRST_PAUSE
        while True:
            try:
                async for found in self._leases.watch():
                    self._board.take(found)
                    pause = FIRST_PAUSE
            except Unavailable as error:
                self._board.broken(error.message)
                log.warning("leases not followed", reason=error.message, again_in=pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def look_again(self, node: str) -> None:
        """Ask the cluster itself before something depends on it: a watch may be silent because it is dead."""
        try:
            async with asyncio.timeout(LOOK_DEADLINE):
                found = await self._leases.get(node)
        except (Unavailable, TimeoutError) as error:
            self._board.broken(str(error) or f"the cluster does not answer within {LOOK_DEADLINE:.0f} s")
            return
        self._board.note(LeaseGone(node) if found is None else found)
