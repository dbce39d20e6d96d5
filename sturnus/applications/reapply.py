"""Installs an application again when the inventory says something else than when it was installed.

    inventory changes -> quiet for a while -> system values differ from those installed -> hosts are at rest
        -> the plan is not empty, and nothing stands against it -> installation asked for

What was installed is known by a digest of the system's values, which each installation writes down before it prepares.
So a change that an operator made for later comes along only with one of the inventory, and a process that was away
finds what happened meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.applications.engine import rows
from sturnus.applications.plan.plan import Plan
from sturnus.applications.requesting import Asked, announce, ask, refuse_if_busy
from sturnus.core.application_states import ApplicationStatus, OperationKind, OperationState
from sturnus.core.bells import rung_within
from sturnus.core.clock import Clock, NewId
from sturnus.core.errors import Conflict, SturnusError
from sturnus.inventory.host import ListedHost
from sturnus.store import applications, operations
from sturnus.store.application_models import ApplicationRow
from sturnus.store.database import Database

QUIET: Final = 3.0
"""Seconds without news before anything is looked at: labels of a hundred hosts are one change."""
LOOK_EVERY: Final = 15.0
"""Seconds without a commit of this process after which it looks anyway: others write into the database, too."""
MOST_HISTORY: Final = 50
BY: Final = "platform"
"""Who asked, as the history shows it."""

log = structlog.stdlib.get_logger(__name__)


class Planner(Protocol):
    """What is used of the workshop."""

    async def plan_of(self, row: ApplicationRow) -> Plan:
        """Say what installing an application would do. Writes nothing."""
        ...


@dataclass(slots=True)
class Reapplying:
    """The loop. One for a process."""

    database: Database
    clock: Clock
    new_id: NewId
    system_digest: Callable[[ApplicationRow], Awaitable[str]]  # of what the platform computes for an application now
    planner: Planner
    hosts: Callable[[], Awaitable[Sequence[ListedHost]]]
    news: Callable[[], Awaitable[bool]]  # whether anything happened since the last time that this was asked
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _settled: dict[int, str] = field(default_factory=dict)  # application → system values that need no installation

    def ring(self) -> None:
        """Something was committed: look soon."""
        self._bell.set()

    async def run(self) -> None:
        """Look after each commit until cancelled. What cannot be decided now is looked at again."""
        undone = True
        while True:
            self._bell.clear()
            try:
                if await self._wait_for_quiet() or undone:
                    undone = True
                    undone = not await self.look()
            except SturnusError as error:
                log.warning("applications not compared with the inventory", reason=error.message)
            if undone:
                await asyncio.sleep(LOOK_EVERY)  # whatever is committed meanwhile: to plan costs more than to look
                continue
            await rung_within(self._bell, LOOK_EVERY)

    async def look(self) -> bool:
        """Compare every installed application with the inventory; say whether all could be decided."""
        async with self.database.read() as session:
            found = [row for row in await applications.all_current(session) if row.status is ApplicationStatus.APPLIED]
        return all([await self._decided(row) for row in found])

    async def _decided(self, row: ApplicationRow) -> bool:
        try:
            return await self._compare(row)
        except SturnusError as error:
            log.warning("application not compared with the inventory", application=row.name, reason=error.message)
            return False

    async def _wait_for_quiet(self) -> bool:
        if not await self.news():
            return False
        while True:
            await asyncio.sleep(QUIET)
            if not await self.news():
                return True

    async def _compare(self, row: ApplicationRow) -> bool:
        wanted = await self.system_digest(row)
        async with self.database.read() as session:
            installed = await _installed_with(session, row.name)
        if installed is None:  # a rollback brought back what was installed once: it counts until something changes
            installed = self._settled.setdefault(row.id, wanted)
        if wanted in {installed, self._settled.get(row.id)}:
            return True
        if moving := [host.name for host in await self.hosts() if host.ihost_action is not None]:
            log.info("re-apply waits for hosts", application=row.name, hosts=moving[:10])
            return False
        plan = await self.planner.plan_of(row)
        if plan.is_empty:
            self._settled[row.id] = wanted
            return True
        if plan.obstacles:
            first = plan.obstacles[0]
            await self._say(row, f"re-apply waits: {first.subject}: {first.problem} ({first.remedy})")
            return False
        return await self._ask(row)

    async def _ask(self, row: ApplicationRow) -> bool:
        async with self.database.write() as session:
            locked = await applications.lock(session, row.name)
            if locked is None or locked.id != row.id or locked.status is not ApplicationStatus.APPLIED:
                return True  # it is being done, or undone, by somebody else
            try:
                await refuse_if_busy(session, locked)
            except Conflict:
                return False
            options = {"despite_obstacles": False, "because": "the inventory changed"}
            await ask(session, locked, Asked(OperationKind.APPLY, BY, options), self.clock, self.new_id)
        log.info("application is installed again", application=row.name, because="the inventory changed")
        return True

    async def _say(self, row: ApplicationRow, sentence: str) -> None:
        async with self.database.write() as session:
            locked = await applications.lock(session, row.name)
            if locked is None or locked.status is not ApplicationStatus.APPLIED or locked.progress == sentence[:255]:
                return
            locked.progress, locked.updated_at = sentence[:255], self.clock.now()
            await session.flush()
            await announce(session, locked, None, self.clock)


async def _installed_with(session: AsyncSession, name: str) -> str | None:
    """The digest of the system's values with which an application was installed last; None: nobody wrote it down."""
    versions = [each.id for each in await operations.versions(session, name)]
    for operation in await operations.history(session, versions, MOST_HISTORY):
        if operation.kind in rows.INSTALLS and operation.state is OperationState.SUCCEEDED:
            found = operation.options.get(rows.SYSTEM)
            return None if found is None else str(found)
    return None
