"""The leases of a cluster as far as `inventory.ports.Leases` goes, in memory."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

from sturnus.core.errors import Unavailable
from sturnus.inventory.lease_watch import LeaseBoard
from sturnus.kubernetes.lease import LeaseGone, NodeLease
from tests.builders import NOW

DURATION = 8.0


class ScriptedLeases:
    """A cluster whose nodes renew when they are told to; the test hands on what a watch would see."""

    def __init__(self) -> None:
        self.leases: dict[str, NodeLease] = {}
        self.down = False
        self.asked: list[str] = []

    def renew(self, node: str) -> NodeLease:
        before = self.leases.get(node)
        moment = NOW if before is None or before.renewed is None else before.renewed + timedelta(seconds=2)
        self.leases[node] = NodeLease(node, moment, DURATION)
        return self.leases[node]

    def show(self, board: LeaseBoard) -> None:
        """Hand all leases on, as a watch does."""
        for lease in self.leases.values():
            board.take(lease)

    async def get(self, node: str) -> NodeLease | None:
        self.asked.append(node)
        if self.down:
            raise Unavailable("the cluster does not answer", expected="", remedy="")
        return self.leases.get(node)

    async def watch(self) -> AsyncIterator[NodeLease | LeaseGone]:
        for lease in self.leases.values():
            yield lease
        await asyncio.Event().wait()
