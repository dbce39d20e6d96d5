"""Notices to others, committed with the change that they tell of.

A lane is one topic of one host: within it notices are delivered in the order in which they were written, the next one
only after the one before. Lanes do not wait for each other, so a cluster that is down does not hold up the VIM.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.store.models import Json, OutboxRow


class Topic(StrEnum):
    """Who has to be told."""

    NODE = "node"
    """The Kubernetes node of a host has to be looked at."""
    VIM = "vim"
    """The VIM has to look at a host: its labels changed, an action waits, or it is gone."""
    FENCE = "fence"
    """A host that failed has to be switched off by its baseboard controller."""
    CONFIGURATION = "configuration"
    """A host has to be something else than it is: its agent shall ask."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One row of the outbox. It says where to look, not what to find there: whoever gets it reads the facts of now."""

    id: int
    topic: Topic
    subject: str  # uuid of a host, which may be gone by now
    payload: Json
    attempts: int
    created_at: datetime
    last_error: str | None

    @property
    def lane(self) -> tuple[Topic, str]:
        """What is kept in order."""
        return self.topic, self.subject


@dataclass(frozen=True, slots=True)
class Lag:
    """How far one topic is behind."""

    topic: Topic
    waiting: int
    oldest: datetime


def enqueue(session: AsyncSession, topic: Topic, subject: str, payload: Json, now: datetime) -> None:
    """Add a notice to the transaction. Take the host's row lock first: it is what keeps a lane in order."""
    session.add(OutboxRow(topic=topic.value, subject=subject, payload=payload, attempts=0, created_at=now, due_at=now))


async def heads(session: AsyncSession, topics: Collection[Topic], limit: int) -> list[tuple[Notice, datetime]]:
    """Return the first notice of each lane, at most `limit` of each topic, with when it is due; soonest due first."""
    first = (
        select(func.min(OutboxRow.id)).where(OutboxRow.topic.in_(topics)).group_by(OutboxRow.topic, OutboxRow.subject)
    )
    soonest = (OutboxRow.due_at, OutboxRow.id)
    place = func.row_number().over(partition_by=OutboxRow.topic, order_by=soonest).label("place")
    places = select(OutboxRow.id, place).where(OutboxRow.id.in_(first)).subquery()
    query = select(OutboxRow).join(places, places.c.id == OutboxRow.id).where(places.c.place <= limit)
    return [(_notice(row), row.due_at) for row in await session.scalars(query.order_by(*soonest))]


async def delivered(session: AsyncSession, notice: Notice) -> None:
    """Forget a notice that has arrived."""
    await session.execute(delete(OutboxRow).where(OutboxRow.id == notice.id))


async def failed(session: AsyncSession, notice: Notice, reason: str, due_at: datetime) -> None:
    """Keep a notice for later, and why."""
    changes = {"attempts": notice.attempts + 1, "last_error": reason, "due_at": due_at}
    await session.execute(update(OutboxRow).where(OutboxRow.id == notice.id).values(changes))


async def waiting(session: AsyncSession, limit: int) -> list[Notice]:
    """Return what has not arrived yet, oldest first."""
    return [_notice(row) for row in await session.scalars(select(OutboxRow).order_by(OutboxRow.id).limit(limit))]


async def lag(session: AsyncSession) -> list[Lag]:
    """Return how far each topic is behind. A topic with nothing to deliver is left out."""
    query = select(OutboxRow.topic, func.count(), func.min(OutboxRow.created_at, type_=OutboxRow.created_at.type))
    rows = await session.execute(query.group_by(OutboxRow.topic))
    return [Lag(Topic(topic), count, oldest) for topic, count, oldest in rows]


def _notice(row: OutboxRow) -> Notice:
    return Notice(row.id, Topic(row.topic), row.subject, row.payload, row.attempts, row.created_at, row.last_error)
