"""Rows of labels."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.store.hosts import Page
from sturnus.store.models import HostRow, LabelRow


async def of_host(session: AsyncSession, host_id: int) -> Sequence[LabelRow]:
    """Return the labels of one host, by key."""
    query = select(LabelRow).where(LabelRow.host_id == host_id).order_by(LabelRow.label_key)
    return (await session.scalars(query)).all()


async def of_node(session: AsyncSession, hostname: str) -> dict[str, str]:
    """Return the labels of the host with this name; none if there is no such host."""
    query = select(LabelRow.label_key, LabelRow.label_value).join(HostRow).where(HostRow.hostname == hostname)
    return {key: value for key, value in await session.execute(query)}  # noqa: C416 -- rows are no pairs to mypy


async def page(session: AsyncSession, wanted: Page) -> Sequence[Row[int, str, str, str, str]]:
    """Return labels of all hosts in the order in which they were assigned: id, uuid, host's uuid, key, value."""
    columns = (LabelRow.id, LabelRow.uuid, HostRow.uuid, LabelRow.label_key, LabelRow.label_value)
    query = select(*columns).join(HostRow, HostRow.id == LabelRow.host_id).order_by(LabelRow.id)
    if wanted.after_id is not None:
        query = query.where(LabelRow.id > wanted.after_id)
    if wanted.limit is not None:
        query = query.limit(wanted.limit)
    return (await session.execute(query)).all()


async def find(session: AsyncSession, uuid: str) -> tuple[LabelRow, str] | None:
    """Return one label and its host's uuid."""
    if not uuid.isprintable() or len(uuid) > 36:
        return None  # PostgreSQL refuses to compare with some of these
    found = (
        await session.execute(select(LabelRow, HostRow.uuid).join(HostRow).where(LabelRow.uuid == uuid))
    ).one_or_none()
    return None if found is None else (found[0], found[1])
