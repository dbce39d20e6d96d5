"""The loop: has targets follow the inventory, and agents asked that did not come to theirs.

A notice is the fast way; this is what is left when one was delivered to a process that died a moment later.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from sturnus.configuration.service import Configuration
from sturnus.core.errors import SturnusError
from sturnus.core.uninterrupted import uninterrupted
from sturnus.inventory.hearing import Hearing, Wish
from sturnus.store.outbox import Notice

LOOK_EVERY: Final = 1.0
AGAIN_AFTER: Final = 60.0
"""Seconds after which a host is asked again that was given its configuration and has not come to it."""
AUDIT_EVERY: Final = 60.0
"""Seconds between two looks at all facts, also if nobody told of a change."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class Following:
    """One for a process."""

    configuration: Configuration
    hearing: Hearing
    monotonic: Callable[[], float]
    news: Callable[[], Awaitable[bool]]  # whether anything happened since the last time that this was asked
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _given: dict[str, tuple[str, float]] = field(default_factory=dict)  # host to target, and when

    def ring(self) -> None:
        """Something was committed."""
        self._bell.set()

    def given(self, host: str, target: str) -> None:
        """An agent has its configuration: leave it alone for a while."""
        self._given[host] = (target, self.monotonic())
        self.hearing.want_no_more(host, Wish.CONFIGURATION)

    async def order_for(self, host: str) -> str | None:
        """The target that an agent shall bring its host to now; None: there is none, or it is at it."""
        if not self.hearing.wishes(host, Wish.CONFIGURATION):
            return None
        target = await self.configuration.wanted(host)
        if target is None:
            self.hearing.want_no_more(host, Wish.CONFIGURATION)  # it went back before the agent asked
        return target

    async def deliver(self, notice: Notice) -> None:
        """Handle a notice: have the agent ask at its next heartbeat."""
        if await self.configuration.wanted(notice.subject) is not None:
            self._given.pop(notice.subject, None)
            self.hearing.want(notice.subject, Wish.CONFIGURATION)

    async def run(self) -> None:
        """Follow until cancelled. Most commits change no fact (signs of life, progress): those compute nothing."""
        audited = -math.inf
        while True:
            rung = self._bell.is_set()
            self._bell.clear()
            try:
                if rung and await self.news():
                    audited = -math.inf  # also if it fails now
                if self.monotonic() - audited > AUDIT_EVERY:
                    await uninterrupted(self.configuration.follow())
                    audited = self.monotonic()
                await uninterrupted(self.look())
            except SturnusError as error:
                log.warning("configuration not followed", reason=error.message)
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Have those asked that are not what they have to be, and the others left alone."""
        left = {each.uuid: each for each in await self.configuration.unapplied()}
        for uuid in self._given.keys() - left.keys():
            del self._given[uuid]
            self.hearing.want_no_more(uuid, Wish.CONFIGURATION)
        for uuid, each in left.items():
            target, at = self._given.get(uuid, (None, 0.0))
            if target != each.target or self.monotonic() - at > AGAIN_AFTER:
                self.hearing.want(uuid, Wish.CONFIGURATION)
