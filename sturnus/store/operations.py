"""Rows of operations: who carries one out, how far each release has come, and what was done before.

An operation belongs to whoever holds its lease. A process that dies does not renew it, and the next one goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.application_states import UNFINISHED, OperationState
from sturnus.store.application_models import ApplicationRow, OperationReleaseRow, OperationRow

LEASE = timedelta(seconds=20)
"""How long an operation stays with a process that says nothing."""

IsGone = Callable[[str], bool]
"""Says whether the owner of a lease has ended for certain; its leases count no more then."""


async def find(session: AsyncSession, uuid: str) -> OperationRow | None:
    """Return the operation with this uuid."""
    return await session.scalar(select(OperationRow).where(OperationRow.uuid == uuid))


async def lock(session: AsyncSession, uuid: str) -> OperationRow:
    """Return an operation that is known to exist, to be changed by nobody else until the transaction ends."""
    return (await session.scalars(select(OperationRow).where(OperationRow.uuid == uuid).with_for_update())).one()


async def latest(session: AsyncSession, application_ids: Collection[int]) -> OperationRow | None:
    """Return the newest operation of an application, whichever of its versions it was asked of."""
    query = select(OperationRow).where(OperationRow.application_id.in_(application_ids))
    return await session.scalar(query.order_by(OperationRow.id.desc()).limit(1))


async def history(session: AsyncSession, application_ids: Collection[int], limit: int) -> Sequence[OperationRow]:
    """Return the operations of an application, newest first."""
    query = select(OperationRow).where(OperationRow.application_id.in_(application_ids))
    return (await session.scalars(query.order_by(OperationRow.id.desc()).limit(limit))).all()


async def versions(session: AsyncSession, name: str) -> Sequence[ApplicationRow]:
    """Return all versions of an application, oldest first."""
    query = select(ApplicationRow).where(ApplicationRow.name == name).order_by(ApplicationRow.id)
    return (await session.scalars(query)).all()


async def releases(session: AsyncSession, operation_ids: Collection[int]) -> Sequence[OperationReleaseRow]:
    """Return the releases of operations, in the order as written."""
    query = select(OperationReleaseRow).where(OperationReleaseRow.operation_id.in_(operation_ids))
    ordered = query.order_by(OperationReleaseRow.operation_id, OperationReleaseRow.position)
    return (await session.scalars(ordered)).all()


async def to_carry_out(session: AsyncSession, now: datetime, is_gone: IsGone) -> Sequence[str]:
    """Return the uuids of unfinished operations that nobody works on, oldest first."""
    unfinished = select(OperationRow).where(OperationRow.state.in_(UNFINISHED)).order_by(OperationRow.id)
    return [row.uuid for row in await session.scalars(unfinished) if _is_free(row, now, is_gone)]


async def take(session: AsyncSession, uuid: str, owner: str, now: datetime, is_gone: IsGone) -> OperationRow | None:
    """Take the lease of an operation; None if somebody else was faster, or it has ended."""
    row = await session.scalar(select(OperationRow).where(OperationRow.uuid == uuid).with_for_update())
    if row is None or row.state not in UNFINISHED:
        return None
    if row.lease_owner != owner and not _is_free(row, now, is_gone):
        return None
    row.state, row.started_at = OperationState.RUNNING, row.started_at or now
    row.lease_owner, row.lease_until = owner, now + LEASE
    await session.flush()
    return row


def _is_free(row: OperationRow, now: datetime, is_gone: IsGone) -> bool:
    if row.lease_until is None or row.lease_until < now:
        return True
    return row.lease_owner is not None and is_gone(row.lease_owner)


async def renew(session: AsyncSession, owner: str, uuids: Collection[str], now: datetime) -> None:
    """Keep the leases of these operations. Not a change that anybody has to see: the revision stays."""
    mine = update(OperationRow).where(OperationRow.lease_owner == owner, OperationRow.uuid.in_(uuids))
    await session.execute(mine.values(lease_until=now + LEASE))


async def aborts(session: AsyncSession, uuids: Collection[str]) -> Mapping[str, str]:
    """Return which of these operations somebody wants stopped, and who."""
    query = select(OperationRow.uuid, OperationRow.abort_requested_by).where(OperationRow.uuid.in_(uuids))
    found = await session.execute(query.where(OperationRow.abort_requested_at.is_not(None)))
    return {uuid: by or "somebody" for uuid, by in found.all()}


async def durations(session: AsyncSession, application_ids: Collection[int]) -> Mapping[tuple[str, str], float]:
    """Return how many seconds each release took the last time that something was done to it."""
    query = (
        select(OperationReleaseRow)
        .join(OperationRow, OperationRow.id == OperationReleaseRow.operation_id)
        .where(OperationRow.application_id.in_(application_ids), OperationReleaseRow.revision_after.is_not(None))
        .where(OperationReleaseRow.finished_at.is_not(None), OperationReleaseRow.started_at.is_not(None))
        .order_by(OperationReleaseRow.id)
    )
    found: dict[tuple[str, str], float] = {}
    for row in await session.scalars(query):
        if row.finished_at and row.started_at and row.revision_after != row.revision_before:
            found[row.namespace, row.release] = (row.finished_at - row.started_at).total_seconds()
    return found
