"""Passwords of baseboard controllers, encrypted. Beside the hosts' rows: nothing that lists hosts reads them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sturnus.store.models import Base


class BmcSecretRow(Base):
    """One password, as `sturnus.core.vault` sealed it for its host's uuid."""

    __tablename__ = "bmc_secrets"

    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime]


async def find(session: AsyncSession, host_id: int) -> BmcSecretRow | None:
    """Return the password of a host's controller; None: none was given."""
    return await session.get(BmcSecretRow, host_id)


async def put(session: AsyncSession, host_id: int, sealed: bytes, now: datetime) -> None:
    """Keep a password in place of the one before."""
    await session.merge(BmcSecretRow(host_id=host_id, sealed=sealed, updated_at=now))


async def forget(session: AsyncSession, host_id: int) -> None:
    """Keep none."""
    await session.execute(delete(BmcSecretRow).where(BmcSecretRow.host_id == host_id))
