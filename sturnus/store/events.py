"""The stream of what happened: appended in the transaction of the change, numbered in the order of the commits.

A reader remembers the last number it saw and asks for what is after it. That is right only if no smaller number can
be committed later, so PostgreSQL's writers take their number one after the other, under a lock that ends with the
transaction. SQLite has one writer anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.store.models import EventRow, Json

KEPT: Final = 10_000
"""Events that are kept for readers who were away; whoever was away longer reads everything again."""
_NUMBERING_LOCK: Final = 0x5374_7572  # any number that nothing else in this database locks


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    id: int
    at: datetime
    kind: str
    subject: str
    data: Json


async def append(session: AsyncSession, kind: str, subject: str, data: Json, now: datetime) -> None:
    """Add an event: the last thing that a transaction does, since others may wait for the number from here on."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _NUMBERING_LOCK})
    row = EventRow(at=now, kind=kind, subject=subject, data=data)
    session.add(row)
    await session.flush()
    await session.execute(delete(EventRow).where(EventRow.id <= row.id - KEPT))


async def after(session: AsyncSession, last: int, limit: int) -> list[Event]:
    """Return what happened after the event with this number, oldest first."""
    query = select(EventRow).where(EventRow.id > last).order_by(EventRow.id).limit(limit)
    return [Event(row.id, row.at, row.kind, row.subject, row.data) for row in await session.scalars(query)]


async def newest(session: AsyncSession) -> int:
    """Return the number of the latest event; 0 before the first."""
    return await session.scalar(select(func.max(EventRow.id))) or 0
