"""Placement's allocation ratios: one request for each host, so a few at a time, and kept for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from sturnus.cloud.access import Access
from sturnus.cloud.nova_view import INITIAL, Ratio, ratio_of
from sturnus.cloud.session import PLACEMENT
from sturnus.core.clock import Clock
from sturnus.core.errors import SturnusError

GOOD_FOR: Final = timedelta(minutes=5)
AT_ONCE: Final = 8
"""Hosts that one look at the cloud asks for: a cloud of many learns its ratios with the looks that follow."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class AllocationRatios:
    """By hypervisor. Those not known yet are Nova's initial ones; those of long ago go on to count."""

    access: Access
    clock: Clock
    _known: dict[str, tuple[Ratio, datetime]] = field(default_factory=dict)

    async def of(self, hypervisors: Iterable[str]) -> Mapping[str, Ratio]:
        """Those of all, after a few of the oldest were asked for. Raises nothing of the closed set."""
        wanted = list(hypervisors)
        self._known = {each: self._known[each] for each in wanted if each in self._known}
        now = self.clock.now()
        old = [each for each in wanted if each not in self._known or now - self._known[each][1] > GOOD_FOR]
        old.sort(key=lambda each: self._known[each][1].timestamp() if each in self._known else 0.0)
        await asyncio.gather(*(self._ask(each, now) for each in old[:AT_ONCE]))
        return {each: found[0] for each, found in self._known.items()}

    async def _ask(self, hypervisor: str, now: datetime) -> None:
        known = self._known.get(hypervisor, (INITIAL, now))[0]
        try:
            said = await self.access.get(PLACEMENT, f"/resource_providers/{hypervisor}/inventories")
            self._known[hypervisor] = ratio_of(said["inventories"]), now
        except SturnusError as error:
            log.warning("allocation ratio not known", hypervisor=hypervisor, reason=error.message)
            self._known[hypervisor] = known, now  # and not asked again at once
