"""Brings this host to what the inventory says, beside everything else that the agent does: one run at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from sturnus.agent import puppet
from sturnus.agent.inventory_client import InventoryClient, NotEnrolled
from sturnus.agent.puppet import CATALOGUE, Configuration, Failure, Outcome
from sturnus.core.errors import SturnusError

ACTION: Final = "configure"
TELL_EVERY: Final = 3.0
"""Seconds between attempts to say what came of a run."""
OWN_ROOT: Final = Path("/")

log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class Configuring:
    """What is under way. Nothing is remembered of earlier runs: the inventory says whether there is something to do."""

    client: InventoryClient
    state: Path
    root: Path
    code: Path
    group: asyncio.TaskGroup
    _running: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Ask for the configuration and apply it, unless that is under way: the inventory orders again."""
        if self._running is None or self._running.done():
            self._running = self.group.create_task(self._configure(), name="configuration")

    async def _configure(self) -> None:
        try:
            wanted = await self.client.configuration()
        except (SturnusError, NotEnrolled) as error:
            log.warning("no configuration", reason=str(error))
            return
        if wanted is None:
            return
        log.info("configuring", target=wanted.target)
        outcome = await self._apply(wanted)
        log.info(
            "configured" if outcome.applied else "not configured",
            target=wanted.target,
            changed=outcome.changed,
            failures=[f"{each.resource}: {each.reason}" for each in outcome.failures],
            seconds=round(outcome.seconds, 1),
        )
        await self._tell(wanted, outcome)

    async def _apply(self, wanted: Configuration) -> Outcome:
        if self.root != OWN_ROOT:
            reason = f"this agent reads its facts below {self.root}, which is not the host that Puppet would change"
            return Outcome(0, (Failure(CATALOGUE, reason),), 0.0)
        return await puppet.apply(wanted, self.state, self.code)

    async def _tell(self, wanted: Configuration, outcome: Outcome) -> None:
        """Say it until it is heard. Who dies before is ordered again, and Puppet finds nothing to change."""
        while True:
            try:
                await self.client.attempted(wanted.target, outcome)
            except SturnusError as error:
                log.warning("outcome not told", reason=error.message)
            except NotEnrolled:
                return
            else:
                return
            await asyncio.sleep(TELL_EVERY)
