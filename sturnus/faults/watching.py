"""The loop in the inventory's process: has exactly those alarms active that follow from the tables.

It looks after each change that somebody would notice, and every `AUDIT_EVERY`: an alarm that was deleted by hand while
its reason lasts is back by then, and one whose reason went while nobody looked is gone.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from sturnus.core.bells import rung_within
from sturnus.core.certificates import end_of
from sturnus.core.errors import Invalid, SturnusError
from sturnus.core.uninterrupted import uninterrupted
from sturnus.faults.catalogue import Source
from sturnus.faults.service import FaultManagement
from sturnus.faults.sources import ApplicationFacts, HostFacts, LagFacts, PlatformFacts, alarms, lasting
from sturnus.store import alarm_facts, outbox

AUDIT_EVERY: Final = 30.0
PAUSE: Final = 1.0
"""Seconds between two looks, however much happens."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Site:
    """What alarms need besides the tables."""

    system: str
    controller: str  # the host that this runs on
    certificate: Path | None  # that the API serves; None: plain HTTP
    topics: frozenset[str]  # of the outbox, that are delivered here: the others wait by intention
    network_suspected: Callable[[], bool]


@dataclass(slots=True)
class AlarmWatch:
    """One for a process."""

    management: FaultManagement
    site: Site
    monotonic: Callable[[], float]
    news: Callable[[], Awaitable[bool]]  # whether anything happened since the last time that this was asked
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _since: dict[tuple[str, str], float] = field(default_factory=dict)

    def ring(self) -> None:
        """Something was committed."""
        self._bell.set()

    async def run(self) -> None:
        """Look until cancelled."""
        looked = -math.inf
        while True:
            try:
                if await self.news() or self.monotonic() - looked >= AUDIT_EVERY:
                    looked = self.monotonic()  # also if it fails now
                    await uninterrupted(self.look())
            except SturnusError as error:
                log.warning("alarms not looked at", reason=error.message)
            await asyncio.sleep(PAUSE)
            await rung_within(self._bell, AUDIT_EVERY - PAUSE)
            self._bell.clear()

    async def look(self) -> None:
        """Look once."""
        wanted, self._since = lasting(alarms(await self._facts()), self._since, self.monotonic())
        await self.management.bring_about(Source.INVENTORY, wanted)

    async def _facts(self) -> PlatformFacts:
        async with self.management.database.read() as session:
            hosts = [HostFacts(*row) for row in await alarm_facts.hosts(session)]
            applications = [ApplicationFacts(*row) for row in await alarm_facts.applications(session)]
            lags = [LagFacts(each.topic.value, each.oldest) for each in await outbox.lag(session)]
        return PlatformFacts(
            now=self.management.clock.now(),
            system=self.site.system,
            controller=self.site.controller,
            hosts=hosts,
            applications=applications,
            lags=[lag for lag in lags if lag.topic in self.site.topics],
            certificate_ends=await asyncio.to_thread(_end, self.site.certificate),
            network_suspected=self.site.network_suspected(),
        )


def _end(certificate: Path | None) -> datetime | None:
    try:
        return None if certificate is None else end_of(certificate)
    except Invalid:
        return None
