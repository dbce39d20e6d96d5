"""What the VIM has ordered of Nova for servers. No foreign key: servers are Nova's, and hosts may be gone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Integer, String, Text, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sturnus.store.columns import BigNumber
from sturnus.store.models import Base


class VimOrderRow(Base):
    """One order for one server."""

    __tablename__ = "vim_orders"

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True, autoincrement=True)
    server: Mapped[str] = mapped_column(String(36))
    name: Mapped[str] = mapped_column(String(255))
    hostname: Mapped[str] = mapped_column(String(63), index=True)  # that it leaves
    way: Mapped[str] = mapped_column(String(32))
    target: Mapped[str | None] = mapped_column(String(63))
    memory_mib: Mapped[int] = mapped_column(Integer)
    ordered: Mapped[datetime]
    answered: Mapped[datetime | None]  # when Nova had taken it
    ended: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[str | None] = mapped_column(String(32))
    why: Mapped[str | None] = mapped_column(Text)


async def find(session: AsyncSession, number: int) -> VimOrderRow | None:
    """Return one order."""
    return await session.get(VimOrderRow, number, with_for_update=True)


async def open_orders(session: AsyncSession) -> Sequence[VimOrderRow]:
    """Return those of all hosts that have not ended."""
    return (await session.scalars(select(VimOrderRow).where(VimOrderRow.ended.is_(None)))).all()


async def of_host(
    session: AsyncSession, hostname: str, since: datetime, remembered: Collection[str]
) -> Sequence[VimOrderRow]:
    """Return a host's orders that are open, that were made since a moment, or whose outcome is one of `remembered`."""
    counts = or_(VimOrderRow.ended.is_(None), VimOrderRow.ordered >= since, VimOrderRow.outcome.in_(list(remembered)))
    query = select(VimOrderRow).where(VimOrderRow.hostname == hostname, counts).order_by(VimOrderRow.id)
    return (await session.scalars(query)).all()


async def latest(session: AsyncSession, outcome: str, most: int) -> Sequence[VimOrderRow]:
    """Return the orders that ended last with an outcome."""
    query = select(VimOrderRow).where(VimOrderRow.outcome == outcome).order_by(VimOrderRow.id.desc()).limit(most)
    return (await session.scalars(query)).all()


async def forget_unsettled(session: AsyncSession, remembered: Collection[str]) -> None:
    """Remove those that are open, and those whose outcome is one of `remembered`: their servers are no more."""
    query = delete(VimOrderRow).where(or_(VimOrderRow.ended.is_(None), VimOrderRow.outcome.in_(list(remembered))))
    await session.execute(query)


async def forget_before(session: AsyncSession, moment: datetime, remembered: Collection[str]) -> None:
    """Remove those that ended before a moment, unless their outcome is one of `remembered`."""
    query = delete(VimOrderRow).where(VimOrderRow.ended < moment, VimOrderRow.outcome.not_in(list(remembered)))
    await session.execute(query)
