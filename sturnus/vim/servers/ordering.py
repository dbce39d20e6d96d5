"""The hand that orders: writes an order down, gives it to Nova, and writes down what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

import structlog

from sturnus.core.errors import Conflict, Invalid, NotFound, SturnusError, Unavailable
from sturnus.core.uninterrupted import uninterrupted
from sturnus.vim.servers.findings import Finding, Next
from sturnus.vim.servers.leaving import Departure, Way
from sturnus.vim.servers.orders import End, Limits, Order, Orders, Outcome
from sturnus.vim.servers.ports import Cloud, Servers

log = structlog.stdlib.get_logger(__name__)


class _Answer(StrEnum):
    """What Nova said to an order."""

    TAKEN = "taken"
    REFUSED = "refused"
    NONE = "none"


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
        ends = [End(each.order, each.outcome or Outcome.FAILED, each.why) for each in findings if each.next is Next.END]
        others = [each for each in findings if each.next is not Next.END]
        changed = await asyncio.gather(self._end(ends), *map(self._follow, others))
        if any(changed):
            self.look_again()

    async def order(self, hostname: str, departures: Sequence[Departure], limits: Limits) -> None:
        """Give as many orders as the limits leave room for, in turn, all at once."""
        begun = await uninterrupted(self.orders.begin(hostname, departures, limits))
        answers = await asyncio.gather(*map(self._give, begun))
        if taken := [order for order, answer in zip(begun, answers, strict=True) if answer is _Answer.TAKEN]:
            await uninterrupted(self.orders.answered(taken))
        if any(answer is not _Answer.NONE for answer in answers):
            self.look_again()

    async def _servers(self) -> Servers:
        if (servers := await self.cloud.servers()) is None:
            raise Unavailable("OpenStack is not installed any more", expected="Nova", remedy="")
        return servers

    async def _follow(self, finding: Finding) -> bool:
        """Whether something is different now."""
        changed = await self._ask(finding)
        if not finding.is_last or finding.outcome is None:
            return changed
        return await self._end([End(finding.order, finding.outcome, finding.why)])

    async def _ask(self, finding: Finding) -> bool:
        """The same, as far as Nova has a part in it."""
        order = finding.order
        try:
            match finding.next:
                case Next.WAIT | Next.END:
                    return False
                case Next.ABORT:
                    await (await self._servers()).abort_live_migration(order.server)
                    return False  # it takes its time
                case Next.CONFIRM:
                    await (await self._servers()).confirm(order.server)
                    return True
                case Next.START:
                    return await self._start(order)
                case Next.VERIFY:
                    return await self._verify(finding)
                case other:
                    assert_never(other)
        except SturnusError as error:
            # The next look shows what is so then.
            log.warning("order not followed", server=order.name, to=finding.next, reason=error.message)
            return False

    async def _start(self, order: Order) -> bool:
        try:
            await (await self._servers()).start(order.server)
        except NotFound:
            return await self._end([End(order, Outcome.GONE)])
        except (Conflict, Invalid) as error:
            return await self._end([End(order, Outcome.NOT_STARTED, error.message)])
        return await self._end([End(order, Outcome.STARTING)])

    async def _verify(self, finding: Finding) -> bool:
        order = finding.order
        if await (await self._servers()).evacuates(order.server, order.hostname):
            return False
        return await self._end([End(order, finding.outcome or Outcome.FAILED, finding.why)])

    async def _give(self, order: Order) -> _Answer:
        try:
            await self._call(order)
        except NotFound:
            await self._end([End(order, Outcome.GONE)])
            return _Answer.REFUSED
        except (Conflict, Invalid) as error:
            await self._end([End(order, Outcome.FAILED, f"was refused by Nova: {error.message}")])
            return _Answer.REFUSED
        except SturnusError as error:
            # Nova may have heard it all the same: the order stays open until a look shows it (`orders.UNHEARD`).
            log.warning("order not answered", server=order.name, way=order.way, reason=error.message)
            return _Answer.NONE
        return _Answer.TAKEN

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

    async def _end(self, ends: Sequence[End]) -> bool:
        """Write down what became of orders; whether there are any. Raises nothing of the closed set."""
        if not ends:
            return False
        try:
            await uninterrupted(self.orders.ended(ends))
        except SturnusError as error:
            log.warning("ends not written down", servers=[each.order.name for each in ends], reason=error.message)
            return False
        return True
