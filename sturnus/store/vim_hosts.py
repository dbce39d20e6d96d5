"""How far the VIM has come with each host. No foreign key: the VIM may have a database of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Row, String, Text, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sturnus.store.models import Base, Json


class VimHostRow(Base):
    """One host that the VIM knows."""

    __tablename__ = "vim_hosts"

    uuid: Mapped[str] = mapped_column(String(36), primary_key=True)
    hostname: Mapped[str | None] = mapped_column(String(63))
    state: Mapped[str] = mapped_column(String(32))
    state_since: Mapped[datetime]
    step: Mapped[str | None] = mapped_column(String(80))  # None: none has begun in this state
    step_since: Mapped[datetime | None]
    deadline: Mapped[datetime | None]  # of the step
    reason: Mapped[str | None] = mapped_column(Text)  # what the step waits for
    failure: Mapped[str | None] = mapped_column(Text)  # why the step before failed
    has_services: Mapped[bool]  # OpenStack services were ensured for it, and not deleted since
    wanted_look: Mapped[int] = mapped_column(Integer)  # counts the news of this host
    last_look: Mapped[int] = mapped_column(Integer)  # the news that `seen` has taken in
    seen: Mapped[Json]  # the host as the inventory said last; empty: it does not have it


async def find(session: AsyncSession, uuid: str) -> VimHostRow | None:
    """Return the row of a host, kept from others until the transaction ends if it is one that writes."""
    return await session.get(VimHostRow, uuid, with_for_update=True)


async def all_rows(session: AsyncSession) -> Sequence[Row[Any]]:
    """Return all, by name, with the columns of `VimHostRow`: only to be read, which costs half as much."""
    columns = VimHostRow.__table__.columns
    return (await session.execute(select(*columns).order_by(VimHostRow.hostname, VimHostRow.uuid))).all()


async def with_work(session: AsyncSession, at_rest: Collection[str]) -> Sequence[str]:
    """Return the uuids of the hosts of which there is news, or that are not at rest."""
    news = VimHostRow.wanted_look != VimHostRow.last_look
    query = select(VimHostRow.uuid).where(news | VimHostRow.state.not_in(at_rest)).order_by(VimHostRow.uuid)
    return (await session.scalars(query)).all()


async def forget_services(session: AsyncSession) -> None:
    """No host has services any more."""
    await session.execute(update(VimHostRow).where(VimHostRow.has_services).values(has_services=False))
