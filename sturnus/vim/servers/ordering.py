"""The hand that orders: writes an order down, gives it to Nova, and writes down what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import assert_never

import structlog

from sturnus.core.errors import Conflict, Invalid, NotFound, SturnusError, Unavailable
from sturnus.core.uninterrupted import uninterrupted
from sturnus.vim.servers.findings import Finding, Next
from sturnus.vim.servers.leaving import Departure, Way
from sturnus.vim.servers.orders import Limits, Order, Orders, Outcome
from sturnus.vim.servers.ports import Cloud, Servers

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Orderly:
    """Orders servers about. One server's failure never keeps the next one waiting."""

    cloud: Cloud
    orders: Orders
    limits: Limits = field(default_factory=Limits)
    look_again: Callable[[], None] = lambda: None
    """Called when something was ordered or has ended: who waits for the next look need not wait."""

    async def follow(self, findings: Sequence[Finding]) -> None:
        """Do for orders what the cloud shows that they need. Raises nothing of the closed set."""
        await asyncio.gather(*(self._follow(finding) for finding in findings))

    async def order(self, hostname: str, departures: Sequence[Departure], limits: Limits) -> None:
        """Give as many orders as the limits leave room for, in turn, all at once."""
        begun = await uninterrupted(self.orders.begin(hostname, departures, limits))
        if any(await asyncio.gather(*(self._give(order) for order in begun))):
            self.look_again()

    async def _servers(self) -> Servers:
        if (servers := await self.cloud.servers()) is None:
            raise Unavailable("OpenStack is not installed any more", expected="Nova", remedy="")
        return servers

    async def _follow(self, finding: Finding) -> None:
        order = finding.order
        try:
            match finding.next:
                case Next.WAIT:
                    return
                case Next.ABORT:
                    await (await self._servers()).abort_live_migration(order.server)
                case Next.CONFIRM:
                    await (await self._servers()).confirm(order.server)
                case Next.START:
                    await self._start(order)
                case Next.END:
                    await self._end(order, finding.outcome or Outcome.FAILED, finding.why)
                case other:
                    assert_never(other)
        except SturnusError as error:
            # The next look shows what is so then.
            log.warning("order not followed", server=order.name, to=finding.next, reason=error.message)
        else:
            if finding.next is not Next.ABORT:  # which takes its time
                self.look_again()

    async def _start(self, order: Order) -> None:
        try:
            await (await self._servers()).start(order.server)
        except NotFound:
            await self._end(order, Outcome.GONE, None)
        except (Conflict, Invalid) as error:
            await self._end(order, Outcome.NOT_STARTED, error.message)
        else:
            await self._end(order, Outcome.STARTING, None)

    async def _give(self, order: Order) -> bool:
        """Whether Nova has answered."""
        try:
            await self._call(order)
        except NotFound:
            await self._end(order, Outcome.GONE, None)
        except (Conflict, Invalid) as error:
            await self._end(order, Outcome.FAILED, f"was refused by Nova: {error.message}")
        except SturnusError as error:
            # Nova may have heard it all the same: the order stays open until a look shows it (`orders.UNHEARD`).
            log.warning("order not answered", server=order.name, way=order.way, reason=error.message)
            return False
        else:
            await uninterrupted(self.orders.answered(order))
        return True

    async def _call(self, order: Order) -> None:
        servers = await self._servers()
        match order.way:
            case Way.LIVE:
                await servers.live_migrate(order.server, order.target)
            case Way.COLD:
                await servers.cold_migrate(order.server, order.target)
            case Way.STOP:
                await servers.stop(order.server)
            case Way.EVACUATE:
                await servers.evacuate(order.server, order.target)
            case Way.STAYS | Way.CANNOT:
                raise AssertionError(f"{order.way} is no order")
            case other:
                assert_never(other)

    async def _end(self, order: Order, outcome: Outcome, why: str | None) -> None:
        await uninterrupted(self.orders.ended(order, outcome, why))
