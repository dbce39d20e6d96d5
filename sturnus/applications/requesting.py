"""Asks for operations: checked, stored and told in one transaction; carried out by the engine afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.applications.states import status_after
from sturnus.core.application_states import UNFINISHED, OperationKind, OperationState
from sturnus.core.clock import Clock, NewId
from sturnus.core.errors import Conflict
from sturnus.store import events, operations
from sturnus.store.application_models import ApplicationRow, OperationRow


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for."""

    kind: OperationKind
    by: str
    options: dict[str, Any]
    plan_id: int | None = None


async def ask(session: AsyncSession, row: ApplicationRow, asked: Asked, clock: Clock, new_id: NewId) -> OperationRow:
    """Store an operation on an application whose row is locked.

    Raises:
        Conflict: another one is not finished.

    """
    await refuse_if_busy(session, row)
    now = clock.now()
    operation = OperationRow(
        uuid=new_id(),
        application_id=row.id,
        kind=asked.kind,
        state=OperationState.QUEUED,
        reason="nobody has taken it yet",
        options=asked.options,
        plan_id=asked.plan_id,
        requested_by=asked.by,
        created_at=now,
    )
    session.add(operation)
    row.status, row.progress, row.updated_at = status_after(asked.kind, OperationState.QUEUED), None, now
    await session.flush()
    await announce(session, row, operation, clock)
    return operation


async def refuse_if_busy(session: AsyncSession, row: ApplicationRow) -> None:
    """Raise Conflict if something is under way with this application, whichever version it was asked of."""
    versions = [each.id for each in await operations.versions(session, row.name)]
    latest = await operations.latest(session, versions)
    if latest is not None and latest.state in UNFINISHED:
        raise Conflict(
            f"Application {row.name} is busy: {latest.kind.value} by {latest.requested_by}: {latest.reason}.",
            expected="an application with nothing under way",
            remedy=f"system application-show {row.name}; wait, or system application-abort {row.name}",
        )


async def announce(session: AsyncSession, row: ApplicationRow, operation: OperationRow | None, clock: Clock) -> None:
    """Add a change of an application to the stream of events. The last thing that a transaction does."""
    data = {
        "name": row.name,
        "app_version": row.app_version,
        "status": row.status.value,
        "progress": row.progress,
        "operation": None if operation is None else operation.uuid,
    }
    await events.append(session, "application.changed", row.name, data, clock.now())
