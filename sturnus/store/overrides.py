"""Rows of overrides: one per chart and namespace of an application, made when something is first set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.store.application_models import OverridesRow


async def of_application(session: AsyncSession, application_id: int) -> Sequence[OverridesRow]:
    """Return all of an application's, by chart and namespace."""
    query = select(OverridesRow).where(OverridesRow.application_id == application_id)
    return (await session.scalars(query.order_by(OverridesRow.name, OverridesRow.namespace))).all()


async def find(session: AsyncSession, application_id: int, chart: str, namespace: str) -> OverridesRow | None:
    """Return those of one chart; None if nothing was ever set."""
    query = select(OverridesRow).where(OverridesRow.application_id == application_id)
    return await session.scalar(query.where(OverridesRow.name == chart, OverridesRow.namespace == namespace))


async def ensure(session: AsyncSession, application_id: int, chart: str, namespace: str, now: datetime) -> OverridesRow:
    """Return those of one chart, made if they are not there. Lock the application first: it keeps others away."""
    if (row := await find(session, application_id, chart, namespace)) is not None:
        return row
    row = OverridesRow(
        application_id=application_id,
        name=chart,
        namespace=namespace,
        user_overrides="",
        user_authors={},
        system_overrides={},
        generated={},
        enabled=None,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    return row


async def copy_all(session: AsyncSession, from_id: int, to_id: int, now: datetime) -> None:
    """Give a new version of an application the old one's overrides, references to secrets included."""
    for old in await of_application(session, from_id):
        row = await ensure(session, to_id, old.name, old.namespace, now)
        row.user_overrides, row.user_authors = old.user_overrides, old.user_authors
        row.generated, row.enabled = old.generated, old.enabled
    await session.flush()
