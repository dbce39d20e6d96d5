"""One look at the cloud for all hosts: whoever needs one waits for the same answer."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

from sturnus.core.clock import Clock
from sturnus.core.errors import Unavailable
from sturnus.vim.servers.ports import Cloud
from sturnus.vim.servers.view import CloudView

DEADLINE: Final = 20.0
"""Seconds for one look: a large cloud's list of servers takes its time."""
PAUSE: Final = timedelta(seconds=2)
"""Seconds until Nova is asked again after it did not answer: hosts that wait do not queue up for its deadline."""


class Views:
    """The latest look, and the next one."""

    def __init__(self, cloud: Cloud, clock: Clock) -> None:
        self._clock = clock
        self._cloud = cloud
        self._latest: CloudView | None = None
        self._failure: tuple[datetime, Unavailable] | None = None
        self._turn = asyncio.Lock()

    async def since(self, moment: datetime) -> CloudView | None:
        """A look that was begun after `moment`: what changed until then is in it. None: no OpenStack.

        Raises:
            Unavailable: Nova does not answer, in time or at all.

        """
        async with self._turn:
            if self._latest is not None and self._latest.taken > moment:
                return self._latest
            if self._failure is not None and self._clock.now() - self._failure[0] < PAUSE:
                raise self._failure[1]
            try:
                self._latest = await self._look()
            except Unavailable as error:
                self._failure = self._clock.now(), error
                raise
            self._failure = None
            return self._latest

    async def _look(self) -> CloudView | None:
        try:
            async with asyncio.timeout(DEADLINE):
                servers = await self._cloud.servers()
                return None if servers is None else await servers.view()
        except TimeoutError:
            raise Unavailable(
                f"Nova did not list its servers within {DEADLINE:.0f} s", expected="an answer", remedy=""
            ) from None


def freshness(changed: datetime, now: datetime, age: timedelta) -> datetime:
    """The moment that a look must not be older than: the host's last change, and no older than `age`."""
    return max(changed, now - age)
