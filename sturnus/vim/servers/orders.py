"""Orders for servers, written down before Nova hears of them: a killed process never gives one twice.

An order is open until the cloud shows what became of it. One that Nova may never have heard of is held to be given for
`UNHEARD`; then the server, if it still stands idle where it was, is ordered about anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import structlog

from sturnus.core.clock import Clock
from sturnus.store import vim_orders
from sturnus.store.database import Database
from sturnus.store.vim_orders import VimOrderRow
from sturnus.vim.servers.leaving import Departure, Way
from sturnus.vim.servers.moves import Moves, moves_of

UNHEARD: Final = timedelta(seconds=45)
"""Longer than one call to Nova may take: what was not answered by then, was not heard, or its effect is seen."""
KEPT: Final = timedelta(days=30)
COUNTED: Final = 500
"""Moves by which the next ones are estimated."""


class Outcome(StrEnum):
    """What became of an order."""

    DONE = "done"
    """The server is elsewhere."""
    FAILED = "failed"
    """It is where it was, and why."""
    GONE = "gone"
    """There is no such server any more."""
    UNHEARD = "unheard"
    """Nova never heard of it: the server stands where it was, and is ordered about anew."""
    STOPPED = "stopped"
    """It is down for the lock, and is to be started by the unlock."""
    STARTING = "starting"
    """Nova was told to start it again."""
    STARTED = "started"
    """It was given back: it runs, or somebody else has decided about it."""
    NOT_STARTED = "not-started"
    """It could not be started again, and why."""


REMEMBERED: Final = frozenset({Outcome.STOPPED, Outcome.STARTING})
"""What the unlock has to undo."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """One order for one server."""

    number: int
    server: str  # uuid
    name: str
    hostname: str  # that it leaves
    way: Way
    target: str | None
    memory_mib: int
    ordered: datetime
    answered: datetime | None  # when Nova had taken it; None: it may not have heard
    ended: datetime | None
    outcome: Outcome | None
    why: str | None

    @property
    def is_open(self) -> bool:
        """Whether nobody knows yet what became of it."""
        return self.ended is None

    @property
    def shows_from(self) -> datetime:
        """From when on a look at the cloud shows its effect."""
        return self.answered or self.ordered + UNHEARD


@dataclass(frozen=True, slots=True)
class End:
    """What became of an order."""

    order: Order
    outcome: Outcome
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How many orders may be under way at once."""

    per_host: int = 2  # of one host that lives: its processors and its network do the moving
    at_once: int = 8  # of all hosts

    @property
    def of_a_dead_host(self) -> Limits:
        """Its servers burden only those to which they go."""
        return Limits(self.at_once, self.at_once)


class Orders:
    """All of them, in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of_host(self, hostname: str, since: datetime) -> tuple[Order, ...]:
        """Those of a host that are open, that were given since a moment, or that the unlock has to undo."""
        async with self._database.read() as session:
            return tuple(map(_order, await vim_orders.of_host(session, hostname, since, REMEMBERED)))

    async def open(self) -> Sequence[Order]:
        """Those of all hosts that are open."""
        async with self._database.read() as session:
            return [_order(row) for row in await vim_orders.open_orders(session)]

    async def begin(self, hostname: str, wanted: Iterable[Departure], limits: Limits) -> list[Order]:
        """Write down as many orders as the limits leave room for, in turn. A server with an open order gets none."""
        async with self._database.write() as session:
            under_way = await vim_orders.open_orders(session)
            busy = {row.server for row in under_way}
            here = sum(row.hostname == hostname for row in under_way)
            room = min(limits.at_once - len(under_way), limits.per_host - here)
            begun: list[VimOrderRow] = []
            for departure in wanted:
                if len(begun) >= room:
                    break
                if departure.server.uuid not in busy:
                    begun.append(self._row(hostname, departure))
            session.add_all(begun)
            await session.flush()
            return [_order(row) for row in begun]

    def _row(self, hostname: str, departure: Departure) -> VimOrderRow:
        return VimOrderRow(
            server=departure.server.uuid,
            name=departure.server.name,
            hostname=hostname,
            way=departure.way,
            target=departure.target,
            memory_mib=departure.server.size.memory_mib,
            ordered=self._clock.now(),
        )

    async def answered(self, orders: Iterable[Order]) -> None:
        """Nova has taken them."""
        async with self._database.write() as session:
            for order in orders:
                if (row := await vim_orders.find(session, order.number)) is not None:
                    row.answered = self._clock.now()

    async def ended(self, ends: Sequence[End]) -> None:
        """What became of orders is known."""
        now = self._clock.now()
        async with self._database.write() as session:
            for each in ends:
                if (row := await vim_orders.find(session, each.order.number)) is not None:
                    row.ended, row.outcome, row.why = now, each.outcome, each.why
            await vim_orders.forget_before(session, now - KEPT, REMEMBERED)
        for each in ends:
            order, took = each.order, round((now - each.order.ordered).total_seconds(), 1)
            log.info("server", server=order.name, host=order.hostname, way=order.way, target=order.target,
                     outcome=each.outcome, why=each.why, after=took)  # fmt: skip

    async def moves(self, at_once: int) -> Moves:
        """What earlier moves took."""
        async with self._database.read() as session:
            made = [_order(row) for row in await vim_orders.latest(session, Outcome.DONE, COUNTED)]
        taken = ((each.way, each.memory_mib, each.ended - each.ordered) for each in made if each.ended is not None)
        return moves_of(taken, at_once)


def _order(row: VimOrderRow) -> Order:
    return Order(
        number=row.id,
        server=row.server,
        name=row.name,
        hostname=row.hostname,
        way=Way(row.way),
        target=row.target,
        memory_mib=row.memory_mib,
        ordered=row.ordered,
        answered=row.answered,
        ended=row.ended,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        why=row.why,
    )
