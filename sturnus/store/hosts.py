"""Rows of hosts: found, locked, listed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from sturnus.store.models import HostRow

LARGEST_ID: Final = 2**31 - 1
"""Beyond this the databases refuse to compare: no host has such a number."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted."""

    limit: int | None = None  # None: all
    after_id: int | None = None  # the number of the last row of the page before; None: from the start


async def page(
    session: AsyncSession, wanted: Page, columns: Sequence[InstrumentedAttribute[Any]]
) -> Sequence[Row[Any]]:
    """Return these columns rather than objects: a thousand hosts are read on each `host-list`."""
    query = select(*columns).order_by(HostRow.id)
    if wanted.after_id is not None:
        query = query.where(HostRow.id > wanted.after_id)
    if wanted.limit is not None:
        query = query.limit(wanted.limit)
    return (await session.execute(query)).all()


async def find(session: AsyncSession, reference: str) -> HostRow | None:
    """Return the host with this number, uuid or name. Names cannot be numbers or uuids: `hostname_is_valid`."""
    query = by_reference(reference)
    return None if query is None else await session.scalar(query)


async def lock(session: AsyncSession, reference: str) -> HostRow | None:
    """Return the host, to be changed by nobody else until the transaction ends."""
    query = by_reference(reference)
    return None if query is None else await session.scalar(query.with_for_update())


def by_reference(reference: str) -> Select[HostRow] | None:
    """Build the query for a number, uuid or name; None if no host can be called that."""
    if reference.isdecimal():
        number = int(reference) if len(reference) <= len(str(LARGEST_ID)) else LARGEST_ID + 1
        return select(HostRow).where(HostRow.id == number) if number <= LARGEST_ID else None
    if not reference.isprintable() or len(reference) > 255:
        return None
    return select(HostRow).where((HostRow.uuid == reference.lower()) | (HostRow.hostname == reference))


async def named(session: AsyncSession, hostname: str) -> HostRow | None:
    """Return the host with this name."""
    return await session.scalar(select(HostRow).where(HostRow.hostname == hostname))


async def with_uuids(session: AsyncSession, uuids: Collection[str]) -> Sequence[HostRow]:
    """Return these hosts, in the order of their numbers; those that are gone are left out."""
    return (await session.scalars(select(HostRow).where(HostRow.uuid.in_(uuids)).order_by(HostRow.id))).all()


async def taken(session: AsyncSession, column: InstrumentedAttribute[str | None], value: str) -> str | None:
    """Return the uuid of the host that has this value in a column whose values are unique; None if it is free."""
    return await session.scalar(select(HostRow.uuid).where(column == value))


async def all_rows(session: AsyncSession) -> Sequence[HostRow]:
    """Return every host. For checks that compare hosts: there are few controllers, and these look at them only."""
    return (await session.scalars(select(HostRow).order_by(HostRow.id))).all()
