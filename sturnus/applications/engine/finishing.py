"""Writes down how an operation ended, and all that follows from it, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.applications.engine import rows
from sturnus.applications.engine.hooks import Hooks, hooks_of
from sturnus.applications.engine.loop import Ended, Taken
from sturnus.applications.requesting import Asked, announce, ask
from sturnus.applications.states import status_after
from sturnus.core.application_states import ApplicationStatus, OperationKind, OperationState
from sturnus.core.clock import Clock, NewId
from sturnus.store import operations
from sturnus.store.application_models import ApplicationRow, OperationRow
from sturnus.store.database import Database

LONGEST_PROGRESS = 255


@dataclass(frozen=True, slots=True)
class Finishing:
    """The end of operations. One for a process."""

    database: Database
    clock: Clock
    new_id: NewId
    hooks: Mapping[str, Hooks]

    async def finish(self, taken: Taken, ended: Ended) -> None:
        """Write it down. Doing it twice changes nothing the second time."""
        async with self.database.write() as session:
            operation = await operations.find(session, taken.uuid)
            if operation is None or operation.finished_at is not None:
                return
            row = await session.get_one(ApplicationRow, taken.application_id, with_for_update=True)
            self._close(operation, ended)
            await rows.end(session, operation)
            row.status = status_after(taken.kind, ended.state)
            row.progress = _progress(row, taken, ended)
            row.updated_at = self.clock.now()
            await session.flush()
            row = await self._what_follows(session, row, taken, ended)
            await announce(session, row, operation, self.clock)

    def _close(self, operation: OperationRow, ended: Ended) -> None:
        operation.state, operation.reason, operation.finished_at = ended.state, ended.reason, self.clock.now()
        operation.lease_owner = operation.lease_until = None

    async def _what_follows(
        self, session: AsyncSession, row: ApplicationRow, taken: Taken, ended: Ended
    ) -> ApplicationRow:
        if ended.state is not OperationState.SUCCEEDED:
            if taken.kind is OperationKind.UPDATE and ended.state is OperationState.FAILED:
                await self._recover(session, row, taken, ended)
            return row
        if taken.kind in {OperationKind.ROLLBACK, OperationKind.RECOVER}:
            row = await self._switched_back(session, row, taken)
        if taken.kind in rows.INSTALLS and not row.active:
            row.active = True
            await hooks_of(row.name, self.hooks).installed(session, row.name)
        return row

    async def _recover(self, session: AsyncSession, row: ApplicationRow, taken: Taken, ended: Ended) -> None:
        """Have the older version come back; why the new one failed is kept with its operation."""
        to = taken.options.get("recover_to")
        if to is None:
            return
        await session.flush()
        options = {"to": to, "because": ended.reason[:LONGEST_PROGRESS]}
        await ask(session, row, Asked(OperationKind.RECOVER, "platform", options), self.clock, self.new_id)

    async def _switched_back(self, session: AsyncSession, row: ApplicationRow, taken: Taken) -> ApplicationRow:
        """The version that came back is the one in force."""
        target = await operations.find(session, str(taken.options["to"]))
        if target is None or target.application_id == row.id:
            return row
        earlier = await session.get_one(ApplicationRow, target.application_id, with_for_update=True)
        progress, row.status = row.progress, ApplicationStatus.INACTIVE
        await session.flush()
        earlier.status, earlier.progress, earlier.active = ApplicationStatus.APPLIED, progress, row.active
        earlier.updated_at, row.active = self.clock.now(), False
        await session.flush()
        return earlier


def _progress(row: ApplicationRow, taken: Taken, ended: Ended) -> str:
    """The words of the column `progress` (reference/inventory.md §3.4)."""
    because = taken.options.get("because")
    if taken.kind is OperationKind.RECOVER and ended.state is OperationState.SUCCEEDED:
        return f"update to {row.app_version} failed, the older version runs again: {because}"[:LONGEST_PROGRESS]
    if ended.state is OperationState.ABORTED:
        return f"operation {ended.reason}"[:LONGEST_PROGRESS]
    return ended.reason[:LONGEST_PROGRESS]
