"""Networks, address pools and data networks: what hosts are connected to (reference/inventory.md §6, §6.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import JSON, Boolean, ForeignKey, Integer, Row, Select, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from sturnus.store.hosts import LARGEST_ID, Page
from sturnus.store.models import Base, SystemRow


class Named:
    """What has a name that nothing else of its kind has, and counts its changes: the ETag."""

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(Integer)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        """Let SQLAlchemy count the changes."""
        return {"version_id_col": cls.revision}


class AddressPoolRow(Named, Base):
    """Addresses that may be given away."""

    __tablename__ = "address_pools"

    network: Mapped[str] = mapped_column(String(45))
    prefix: Mapped[int] = mapped_column(Integer)
    order: Mapped[str] = mapped_column(String(32))
    ranges: Mapped[list[list[str]]] = mapped_column(JSON)  # [[first, last], ...], both included
    floating_address: Mapped[str | None] = mapped_column(String(45))
    controller0_address: Mapped[str | None] = mapped_column(String(45))
    controller1_address: Mapped[str | None] = mapped_column(String(45))
    gateway_address: Mapped[str | None] = mapped_column(String(45))

    __table_args__ = {"sqlite_autoincrement": True}


class NetworkRow(Named, Base):
    """A network of the platform itself."""

    __tablename__ = "networks"

    type: Mapped[str] = mapped_column(String(32))
    dynamic: Mapped[bool] = mapped_column(Boolean)
    pool_id: Mapped[int | None] = mapped_column(ForeignKey("address_pools.id"))  # None: hosts bring their addresses

    __table_args__ = {"sqlite_autoincrement": True}


class DataNetworkRow(Named, Base):
    """A network that carries users' networks."""

    __tablename__ = "data_networks"

    network_type: Mapped[str] = mapped_column(String(32))
    mtu: Mapped[int] = mapped_column(Integer)
    description: Mapped[str | None] = mapped_column(String(255))
    port_num: Mapped[int | None] = mapped_column(Integer)
    multicast_group: Mapped[str | None] = mapped_column(String(45))
    ttl: Mapped[int | None] = mapped_column(Integer)
    mode: Mapped[str | None] = mapped_column(String(32))

    __table_args__ = {"sqlite_autoincrement": True}


N = TypeVar("N", AddressPoolRow, NetworkRow, DataNetworkRow)


async def hold_still(session: AsyncSession) -> None:
    """Let nobody else change what belongs to the system as a whole until the transaction ends."""
    await session.execute(select(SystemRow.id).with_for_update())


async def page(session: AsyncSession, table: type[N], wanted: Page) -> Sequence[N]:
    """Return a part of all rows of a kind, in the order in which they were made."""
    query = select(table).order_by(table.id)
    if wanted.after_id is not None:
        query = query.where(table.id > wanted.after_id)
    if wanted.limit is not None:
        query = query.limit(wanted.limit)
    return (await session.scalars(query)).all()


async def find(session: AsyncSession, table: type[N], reference: str) -> N | None:
    """Return the row with this number, uuid or name."""
    query = _by_reference(table, reference)
    return None if query is None else await session.scalar(query)


async def networks_with_pools(session: AsyncSession, wanted: Page) -> Sequence[Row[NetworkRow, str]]:
    """Return networks, each with the uuid of its address pool."""
    query = _with_pool().order_by(NetworkRow.id)
    if wanted.after_id is not None:
        query = query.where(NetworkRow.id > wanted.after_id)
    if wanted.limit is not None:
        query = query.limit(wanted.limit)
    return (await session.execute(query)).all()


async def pool_uuid(session: AsyncSession, row: NetworkRow) -> str | None:
    """Return the uuid of a network's address pool."""
    if row.pool_id is None:
        return None
    return await session.scalar(select(AddressPoolRow.uuid).where(AddressPoolRow.id == row.pool_id))


def _with_pool() -> Select[NetworkRow, str]:
    return select(NetworkRow, AddressPoolRow.uuid).outerjoin(AddressPoolRow, AddressPoolRow.id == NetworkRow.pool_id)


def _by_reference(table: type[N], reference: str) -> Select[N] | None:
    if reference.isdecimal():
        number = int(reference) if len(reference) <= len(str(LARGEST_ID)) else LARGEST_ID + 1
        return select(table).where(table.id == number) if number <= LARGEST_ID else None
    if not reference.isprintable() or len(reference) > 255:
        return None  # PostgreSQL refuses to compare with some of these
    return select(table).where((table.uuid == reference.lower()) | (table.name == reference))
