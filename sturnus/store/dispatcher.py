"""Delivers the outbox: at least once, in order per lane, for ever, ever more slowly while it fails.

A notice is deleted after its handler has returned. A process that dies in between delivers it again, so handlers look
at the facts and do only what is missing. Nothing here remembers anything: a new process starts from the table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from sturnus.core.bells import rung_within
from sturnus.core.clock import Clock
from sturnus.core.errors import SturnusError, Unavailable
from sturnus.core.metrics import OUTBOX_DELIVERED, OUTBOX_FAILED, OUTBOX_OLDEST, OUTBOX_WAITING
from sturnus.core.uninterrupted import uninterrupted
from sturnus.store import outbox
from sturnus.store.database import Database
from sturnus.store.outbox import Notice, Topic

Handler = Callable[[Notice], Awaitable[None]]

LOOK_EVERY: Final = timedelta(seconds=1)
"""How late a notice can be that another process wrote, or that nobody rang the bell for."""
DEADLINE: Final = timedelta(seconds=30)
"""How long one delivery may take before it counts as failed."""
AT_ONCE: Final = 16
"""Deliveries of one topic that run side by side. Each topic has its own: slow receivers hold up no others."""
FIRST_DELAY: Final = timedelta(milliseconds=200)
LONGEST_DELAY: Final = timedelta(seconds=30)

log = structlog.stdlib.get_logger(__name__)


def delay_after(attempts: int) -> timedelta:
    """How long to wait after this many failures: 0.2 s, 0.4 s, 0.8 s, ... and at most 30 s."""
    # The exponent is bounded because the product would overflow after a night of failures.
    doublings: int = 2 ** min(attempts - 1, 20)
    return min(FIRST_DELAY * doublings, LONGEST_DELAY)


class Dispatcher:
    """The loop. One per database: two would deliver twice, and out of order."""

    def __init__(self, database: Database, handlers: Mapping[Topic, Handler], clock: Clock) -> None:
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self._bell = asyncio.Event()
        self._running: dict[tuple[Topic, str], asyncio.Task[None]] = {}
        self.last_look: datetime | None = None
        """When the outbox was last read with success: proof of progress for `/healthz`."""
        database.on_commit(self._bell.set)

    async def run(self) -> None:
        """Deliver until cancelled. Deliveries under way are cancelled too; their notices stay."""
        try:
            while True:
                pause = await self._look()
                await rung_within(self._bell, pause.total_seconds())
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _look(self) -> timedelta:
        """Start what is due and has room; say how long nothing else will be."""
        self._bell.clear()
        # A delivery that ends while the table is read may have been read before its row went: not this time.
        busy = set(self._running)
        try:
            heads = await uninterrupted(self._read())
        except Unavailable as error:
            log.warning("outbox not read", reason=error.message)
            return LOOK_EVERY
        now = self.last_look = self._clock.now()
        for notice, due_at in heads:
            if due_at > now:
                return min(LOOK_EVERY, due_at - now)
            if notice.lane not in busy and self._running_of(notice.topic) < AT_ONCE:
                self._start(notice)
        return LOOK_EVERY

    def _running_of(self, topic: Topic) -> int:
        return sum(each is topic for each, _ in self._running)

    async def _read(self) -> list[tuple[Notice, datetime]]:
        async with self._database.read() as session:
            heads = await outbox.heads(session, self._handlers.keys(), limit=AT_ONCE * 4)
            self._measure(await outbox.lag(session))
            return heads

    def _measure(self, lags: list[outbox.Lag]) -> None:
        now = self._clock.now()
        behind = {lag.topic: lag for lag in lags}
        for topic in Topic:
            lag = behind.get(topic)
            OUTBOX_WAITING.labels(topic).set(lag.waiting if lag else 0)
            OUTBOX_OLDEST.labels(topic).set((now - lag.oldest).total_seconds() if lag else 0)

    def _start(self, notice: Notice) -> None:
        task = asyncio.create_task(self._deliver(notice), name=f"outbox {notice.id} {notice.topic} {notice.subject}")
        self._running[notice.lane] = task
        task.add_done_callback(lambda _: self._finished(notice))

    def _finished(self, notice: Notice) -> None:
        del self._running[notice.lane]
        self._bell.set()  # the next one of this lane, or one that had no room

    async def _deliver(self, notice: Notice) -> None:
        """Deliver one notice and write down how it went. Never raises, except when cancelled."""
        reason = await self._attempt(notice)
        try:
            await uninterrupted(self._record(notice, reason))
        except SturnusError as error:
            # The row is as it was, so it will be delivered again. Not at once: the database needs air.
            log.warning("outbox not written", notice=notice.id, reason=error.message)
            await asyncio.sleep(LOOK_EVERY.total_seconds())

    async def _record(self, notice: Notice, reason: str | None) -> None:
        async with self._database.write() as session:
            if reason is None:
                await outbox.delivered(session, notice)
            else:
                due_at = self._clock.now() + delay_after(notice.attempts + 1)
                await outbox.failed(session, notice, reason, due_at)

    async def _attempt(self, notice: Notice) -> str | None:
        """Call the handler: None if the notice arrived, else why not."""
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                await self._handlers[notice.topic](notice)
        except SturnusError as error:
            reason = error.message
        except TimeoutError:
            reason = f"no answer within {DEADLINE.total_seconds():.0f} s"
        except Exception as error:
            log.exception("outbox handler failed", notice=notice.id, topic=notice.topic, subject=notice.subject)
            reason = f"defect: {type(error).__name__}"
        else:
            OUTBOX_DELIVERED.labels(notice.topic).inc()
            return None
        OUTBOX_FAILED.labels(notice.topic).inc()
        log.warning("notice not delivered", notice=notice.id, topic=notice.topic, subject=notice.subject, reason=reason)
        return reason
