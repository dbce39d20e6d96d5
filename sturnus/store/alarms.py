"""Active alarms, and the log of what came and went. Whoever writes takes the lock first: one at a time, in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Integer, String, Text, UniqueConstraint, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sturnus.core.severities import EventState, Severity
from sturnus.store.columns import BigNumber, spelled
from sturnus.store.models import Base

KEPT: Final = 10_000
"""Lines of the event log; the oldest go first."""
_WRITING_LOCK: Final = 0x5374_7574  # any number that nothing else in this database locks


class AlarmRow(Base):
    """One alarm that is active."""

    __tablename__ = "alarms"

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    alarm_id: Mapped[str] = mapped_column(String(16))
    entity_type_id: Mapped[str] = mapped_column(String(255))
    entity_instance_id: Mapped[str] = mapped_column(String(255))
    severity: Mapped[Severity] = mapped_column(spelled(Severity))
    reason_text: Mapped[str] = mapped_column(Text)
    timestamp: Mapped[datetime]  # since when it is active

    __table_args__ = (UniqueConstraint("alarm_id", "entity_instance_id"), {"sqlite_autoincrement": True})


class EventLogRow(Base):
    """One line of the event log."""

    __tablename__ = "event_log"

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    event_log_id: Mapped[str] = mapped_column(String(16))
    state: Mapped[EventState] = mapped_column(spelled(EventState))
    entity_type_id: Mapped[str] = mapped_column(String(255))
    entity_instance_id: Mapped[str] = mapped_column(String(255))
    severity: Mapped[Severity] = mapped_column(spelled(Severity))
    reason_text: Mapped[str] = mapped_column(Text)
    timestamp: Mapped[datetime]

    __table_args__ = {"sqlite_autoincrement": True}


async def lock(session: AsyncSession) -> None:
    """Be the only one who writes alarms until the transaction ends. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITING_LOCK})


async def find(session: AsyncSession, alarm_id: str, entity: str) -> AlarmRow | None:
    """Return the alarm of this number and entity, if it is active."""
    query = select(AlarmRow).where(AlarmRow.alarm_id == alarm_id, AlarmRow.entity_instance_id == entity)
    return await session.scalar(query)


async def with_uuid(session: AsyncSession, uuid: str) -> AlarmRow | None:
    """Return an active alarm."""
    return await session.scalar(select(AlarmRow).where(AlarmRow.uuid == uuid))


async def of_numbers(session: AsyncSession, numbers: Collection[str]) -> Sequence[AlarmRow]:
    """Return the active alarms of these numbers, oldest first."""
    return (await session.scalars(select(AlarmRow).where(AlarmRow.alarm_id.in_(numbers)).order_by(AlarmRow.id))).all()


async def active(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], limit: int | None, before: int | None
) -> Sequence[AlarmRow]:
    """Return active alarms, newest first; `before`: only those older than the one with this number."""
    query = select(AlarmRow).where(*conditions).order_by(AlarmRow.id.desc()).limit(limit)
    return (await session.scalars(query if before is None else query.where(AlarmRow.id < before))).all()


async def counts(session: AsyncSession) -> dict[Severity, int]:
    """Return how many alarms of each severity are active; those with none are left out."""
    query = select(AlarmRow.severity, func.count(type_=Integer)).group_by(AlarmRow.severity)
    return {row[0]: row[1] for row in await session.execute(query)}


async def forget_old_events(session: AsyncSession) -> None:
    """Drop what is too old: once for each transaction that added lines, whose number does not matter then."""
    await session.flush()
    newest = await session.scalar(select(func.max(EventLogRow.id)))
    await session.execute(delete(EventLogRow).where(EventLogRow.id <= (newest or 0) - KEPT))


async def event_with_uuid(session: AsyncSession, uuid: str) -> EventLogRow | None:
    """Return one line of the event log."""
    return await session.scalar(select(EventLogRow).where(EventLogRow.uuid == uuid))


async def events(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], limit: int | None, before: int | None
) -> Sequence[EventLogRow]:
    """Return lines of the event log, newest first; `before`: only those older than the one with this number."""
    query = select(EventLogRow).where(*conditions).order_by(EventLogRow.id.desc()).limit(limit)
    return (await session.scalars(query if before is None else query.where(EventLogRow.id < before))).all()
