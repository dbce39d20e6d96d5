"""Calls that block, outside of the event loop: few at a time, each with a deadline.

Not an executor of the standard library: that one is waited for when the process ends, and the rack has to end at
once even while a call is stuck. A thread here ends with the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)


class BlockingCalls:
    """Runs at most `limit` calls at a time. A call that is late keeps its place until it ends: none pile up."""

    def __init__(self, limit: int) -> None:
        self._places = asyncio.Semaphore(limit)
        self._deadlines: set[asyncio.Timeout] = set()

    async def run(self, call: Callable[[], T], *, deadline: timedelta) -> T:
        """Wait for a place and then for the call: no longer than the deadline for both.

        Raises:
            TimeoutError: the deadline passed, or all calls were abandoned. One that had begun goes on; the log tells
                if it fails.

        """
        async with asyncio.timeout(deadline.total_seconds()) as limit:
            self._deadlines.add(limit)
            try:
                return await self._in_turn(call)
            finally:
                self._deadlines.discard(limit)

    def abandon(self) -> None:
        """Have all deadlines pass now, so that whoever waits can say so before the process ends."""
        for limit in self._deadlines:
            if not limit.expired():
                limit.reschedule(asyncio.get_running_loop().time())

    async def _in_turn(self, call: Callable[[], T]) -> T:
        await self._places.acquire()
        outcome: Future[T] = Future()
        outcome.set_running_or_notify_cancel()  # from here on no waiter can take it back
        thread = threading.Thread(target=self._run, args=(call, outcome, asyncio.get_running_loop()), daemon=True)
        thread.start()
        try:
            return await asyncio.wrap_future(outcome)
        except asyncio.CancelledError:
            outcome.add_done_callback(_log_failure)
            raise

    def _run(self, call: Callable[[], T], outcome: Future[T], loop: asyncio.AbstractEventLoop) -> None:
        try:
            outcome.set_result(call())
        except Exception as error:  # noqa: BLE001 -- it is whoever waits that handles it
            outcome.set_exception(error)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits for a place any more
            loop.call_soon_threadsafe(self._places.release)


def _log_failure(outcome: Future[T]) -> None:
    if error := outcome.exception():
        log.error("a call that nobody waited for any more failed: %s", error)
