"""Takes operations that nobody works on, carries each out in a task of its own, and keeps its lease while it lasts.

A process that dies renews no lease; the next one finds the operation unfinished, takes it, and goes on from what the
cluster shows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from sturnus.applications.engine.reporter import Reporter
from sturnus.core.application_states import OperationKind, OperationState
from sturnus.core.bells import rung_within
from sturnus.core.clock import Clock
from sturnus.core.errors import SturnusError, Unavailable
from sturnus.core.processes import is_gone
from sturnus.core.uninterrupted import uninterrupted
from sturnus.store import operations
from sturnus.store.database import Database

LOOK_EVERY: Final = timedelta(seconds=1)
"""How long after a commit of another process an operation of it is seen; those of this process ring."""
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 10.0
"""Seconds between two attempts at what does not answer."""
PATIENCE: Final = 900.0
"""Seconds until an operation gives up on what does not answer."""
ABORT_PATIENCE: Final = 15.0
"""Seconds that an operation gets to end what it has under way."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """An operation that this process holds the lease of."""

    uuid: str
    application_id: int
    kind: OperationKind
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ended:
    """How an operation ended, and why: a sentence for the operator."""

    state: OperationState
    reason: str


CarryOut = Callable[[Taken], Awaitable[Ended]]
"""Carries one out. Cancelled: leaves it as it is, for whoever takes it next."""
Finish = Callable[[Taken, Ended], Awaitable[None]]
"""Writes down how it ended, in one transaction with all that follows from it."""


@dataclass(slots=True)
class _Running:
    task: asyncio.Task[None]
    kept_at: datetime  # when its lease was taken or renewed
    aborted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Engine:
    """The loop. `owner` names this process among those that share the database.

    What a dead process of this machine had under way is taken at once; of another machine's, when its lease is over.
    """

    database: Database
    clock: Clock
    owner: str
    carry_out: CarryOut
    finish: Finish
    is_gone: operations.IsGone = is_gone
    _running: dict[str, _Running] = field(default_factory=dict)
    _bell: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """Something was committed: look now."""
        self._bell.set()

    async def run(self) -> None:
        """Carry out operations until cancelled; then leave them, to be taken up again."""
        try:
            while True:
                self._bell.clear()
                try:
                    await uninterrupted(self._look())
                except SturnusError as error:
                    log.warning("operations not looked for", reason=error.message)
                await rung_within(self._bell, LOOK_EVERY.total_seconds())
        finally:
            await self._let_go()

    async def _look(self) -> None:
        now = self.clock.now()
        async with self.database.read() as session:
            free = [
                uuid for uuid in await operations.to_carry_out(session, now, self.is_gone) if uuid not in self._running
            ]
            aborts = await operations.aborts(session, list(self._running))
        for uuid, who in aborts.items():
            self._abort(uuid, who)
        await self._keep(now)
        for uuid in free:
            await self._take(uuid)

    async def _keep(self, now: datetime) -> None:
        """Renew the leases when a part of them is over. Each write rings this loop: one a look would never end."""
        held = [uuid for uuid, running in self._running.items() if now - running.kept_at >= operations.LEASE / 4]
        if not held:
            return
        async with self.database.write() as session:
            await operations.renew(session, self.owner, held, now)
        for uuid in held:
            if uuid in self._running:
                self._running[uuid].kept_at = now

    async def _take(self, uuid: str) -> None:
        now = self.clock.now()
        async with self.database.write() as session:
            row = await operations.take(session, uuid, self.owner, now, self.is_gone)
            if row is None:
                return
            taken = Taken(row.uuid, row.application_id, row.kind, dict(row.options))
            aborted_by = row.abort_requested_by if row.abort_requested_at else None
        log.info("operation taken", operation=uuid, kind=taken.kind)
        running = _Running(asyncio.create_task(self._carry(taken), name=f"operation {uuid}"), now, aborted_by)
        self._running[uuid] = running
        running.task.add_done_callback(lambda _: self._running.pop(uuid, None))

    def _abort(self, uuid: str, who: str) -> None:
        running = self._running.get(uuid)
        if running is not None and running.aborted_by is None:
            running.aborted_by = who
            running.task.cancel()

    async def _carry(self, taken: Taken) -> None:
        running = self._running[taken.uuid]
        try:
            # Aborted before it was taken: a task that is cancelled before its first step would never get here.
            ended = await self._persistently(taken) if running.aborted_by is None else _aborted(running.aborted_by)
        except asyncio.CancelledError:
            if running.aborted_by is None:
                raise  # this process ends; the operation goes on elsewhere
            ended = _aborted(running.aborted_by)
        except SturnusError as error:
            ended = Ended(OperationState.FAILED, f"{error.message} To do: {error.remedy}")
        except Exception as error:
            log.exception("operation met a defect", operation=taken.uuid)
            ended = Ended(OperationState.FAILED, f"defect: {type(error).__name__}; the log says more: {taken.uuid}")
        await uninterrupted(self._finish(taken, ended))

    async def _persistently(self, taken: Taken) -> Ended:
        """Carry it out, and begin again while something that is needed does not answer: that is no failure of it."""
        pause, end = FIRST_PAUSE, asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                return await self.carry_out(taken)
            except Unavailable as error:
                if asyncio.get_running_loop().time() > end:
                    raise
                log.warning("operation waits", operation=taken.uuid, reason=error.message)
                await self._say(taken, f"waits: {error.message}")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _say(self, taken: Taken, sentence: str) -> None:
        try:
            await uninterrupted(Reporter(self.database, self.clock, taken.uuid).stage(sentence))
        except SturnusError as error:
            log.warning("progress not written", operation=taken.uuid, reason=error.message)

    async def _finish(self, taken: Taken, ended: Ended) -> None:
        """Write the end down; a database that does not answer now will later, and until then nobody else may begin."""
        while True:
            try:
                await self.finish(taken, ended)
            except SturnusError as error:
                log.warning("end of operation not written", operation=taken.uuid, reason=error.message)
                await asyncio.sleep(LOOK_EVERY.total_seconds())
            else:
                log.info("operation ended", operation=taken.uuid, state=ended.state, reason=ended.reason)
                return

    async def _let_go(self) -> None:
        tasks = [running.task for running in self._running.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=ABORT_PATIENCE)


def _aborted(by: str) -> Ended:
    return Ended(OperationState.ABORTED, f"aborted by {by}")
