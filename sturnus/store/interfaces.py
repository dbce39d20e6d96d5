"""Interfaces of hosts, what they stand on, and which networks they are connected to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Integer, Row, Select, String, UniqueConstraint, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sturnus.store.hosts import Page
from sturnus.store.models import Base, HostRow
from sturnus.store.networks import DataNetworkRow, NetworkRow


class InterfaceRow(Base):
    """One interface of a host, as the operator wants it."""

    __tablename__ = "interfaces"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"))
    ifname: Mapped[str] = mapped_column(String(255))
    iftype: Mapped[str] = mapped_column(String(32))
    ifclass: Mapped[str] = mapped_column(String(32))
    imtu: Mapped[int] = mapped_column(Integer)
    imac: Mapped[str | None] = mapped_column(String(17))
    port_name: Mapped[str | None] = mapped_column(String(64))  # None: it stands on other interfaces, or on nothing
    vlan_id: Mapped[int | None] = mapped_column(Integer)
    aemode: Mapped[str | None] = mapped_column(String(32))
    txhashpolicy: Mapped[str | None] = mapped_column(String(32))
    sriov_numvfs: Mapped[int] = mapped_column(Integer)
    sriov_vf_driver: Mapped[str | None] = mapped_column(String(32))
    ptp_role: Mapped[str] = mapped_column(String(32))
    ipv4_mode: Mapped[str | None] = mapped_column(String(32))
    ipv6_mode: Mapped[str | None] = mapped_column(String(32))
    ipv4_pool_id: Mapped[int | None] = mapped_column(ForeignKey("address_pools.id"))
    ipv6_pool_id: Mapped[int | None] = mapped_column(ForeignKey("address_pools.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("host_id", "ifname"), {"sqlite_autoincrement": True})


class InterfaceUseRow(Base):
    """An interface stands on another: a VLAN on its link, a bond on its members."""

    __tablename__ = "interface_uses"

    upper_id: Mapped[int] = mapped_column(ForeignKey("interfaces.id", ondelete="CASCADE"), primary_key=True)
    lower_id: Mapped[int] = mapped_column(ForeignKey("interfaces.id"), primary_key=True)


class InterfaceNetworkRow(Base):
    """An interface is connected to a network of the platform."""

    __tablename__ = "interface_networks"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    interface_id: Mapped[int] = mapped_column(ForeignKey("interfaces.id", ondelete="CASCADE"))
    network_id: Mapped[int] = mapped_column(ForeignKey("networks.id"))
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("interface_id", "network_id"), {"sqlite_autoincrement": True})


class InterfaceDataNetworkRow(Base):
    """An interface carries a data network."""

    __tablename__ = "interface_data_networks"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    interface_id: Mapped[int] = mapped_column(ForeignKey("interfaces.id", ondelete="CASCADE"))
    data_network_id: Mapped[int] = mapped_column(ForeignKey("data_networks.id"))
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("interface_id", "data_network_id"), {"sqlite_autoincrement": True})


@dataclass(frozen=True, slots=True)
class Connected:
    """Interfaces with all that hangs on them, by the interface's number: four queries, however many there are."""

    rows: Sequence[Row[InterfaceRow, str, str | None, int]]  # interface; its host's uuid, name and revision
    uses: Mapping[int, Sequence[int]]  # upper → lowers
    networks: Mapping[int, Sequence[Row[InterfaceNetworkRow, NetworkRow]]]
    data_networks: Mapping[int, Sequence[Row[InterfaceDataNetworkRow, DataNetworkRow]]]


async def connected(session: AsyncSession, host_id: int | None) -> Connected:
    """Return the interfaces of one host, or of all (None), in the order in which they were made."""
    of_host = (HostRow.uuid, HostRow.hostname, HostRow.revision)
    interfaces = select(InterfaceRow, *of_host).join(HostRow, HostRow.id == InterfaceRow.host_id)
    uses = select(InterfaceUseRow).join(InterfaceRow, InterfaceRow.id == InterfaceUseRow.upper_id)
    networks = (
        select(InterfaceNetworkRow, NetworkRow)
        .join(NetworkRow, NetworkRow.id == InterfaceNetworkRow.network_id)
        .join(InterfaceRow, InterfaceRow.id == InterfaceNetworkRow.interface_id)
        .order_by(InterfaceNetworkRow.id)
    )
    data_networks = (
        select(InterfaceDataNetworkRow, DataNetworkRow)
        .join(DataNetworkRow, DataNetworkRow.id == InterfaceDataNetworkRow.data_network_id)
        .join(InterfaceRow, InterfaceRow.id == InterfaceDataNetworkRow.interface_id)
        .order_by(InterfaceDataNetworkRow.id)
    )
    if host_id is not None:
        interfaces = interfaces.where(InterfaceRow.host_id == host_id)
        uses = uses.where(InterfaceRow.host_id == host_id)
        networks = networks.where(InterfaceRow.host_id == host_id)
        data_networks = data_networks.where(InterfaceRow.host_id == host_id)
    lowers: defaultdict[int, list[int]] = defaultdict(list)
    for use in await session.scalars(uses.order_by(InterfaceUseRow.lower_id)):
        lowers[use.upper_id].append(use.lower_id)
    on_networks: defaultdict[int, list[Row[InterfaceNetworkRow, NetworkRow]]] = defaultdict(list)
    for row in (await session.execute(networks)).all():
        on_networks[row[0].interface_id].append(row)
    carried: defaultdict[int, list[Row[InterfaceDataNetworkRow, DataNetworkRow]]] = defaultdict(list)
    for line in (await session.execute(data_networks)).all():
        carried[line[0].interface_id].append(line)
    rows = (await session.execute(interfaces.order_by(InterfaceRow.id))).all()
    return Connected(rows, lowers, on_networks, carried)


async def host_of(session: AsyncSession, uuid: str) -> str | None:
    """Return the uuid of the host that an interface belongs to."""
    return await _one(session, _of_host().where(InterfaceRow.uuid == uuid), uuid)


async def host_of_network_assignment(session: AsyncSession, uuid: str) -> str | None:
    """Return the uuid of the host whose interface this connects to a network."""
    query = _of_host().join(InterfaceNetworkRow, InterfaceNetworkRow.interface_id == InterfaceRow.id)
    return await _one(session, query.where(InterfaceNetworkRow.uuid == uuid), uuid)


async def host_of_data_network_assignment(session: AsyncSession, uuid: str) -> str | None:
    """Return the uuid of the host whose interface carries the data network by this."""
    query = _of_host().join(InterfaceDataNetworkRow, InterfaceDataNetworkRow.interface_id == InterfaceRow.id)
    return await _one(session, query.where(InterfaceDataNetworkRow.uuid == uuid), uuid)


async def by_uuid(session: AsyncSession, uuid: str) -> InterfaceRow:
    """Return an interface that is known to exist."""
    return (await session.scalars(select(InterfaceRow).where(InterfaceRow.uuid == uuid))).one()


async def rows_of_host(session: AsyncSession, host_id: int) -> Sequence[InterfaceRow]:
    """Return the rows of a host's interfaces, to be changed."""
    return (await session.scalars(select(InterfaceRow).where(InterfaceRow.host_id == host_id))).all()


async def stand_on(session: AsyncSession, upper_id: int, lower_ids: Sequence[int]) -> None:
    """Let an interface stand on these, and on no others."""
    await session.execute(delete(InterfaceUseRow).where(InterfaceUseRow.upper_id == upper_id))
    session.add_all(InterfaceUseRow(upper_id=upper_id, lower_id=lower) for lower in lower_ids)
    await session.flush()


async def stand_on_nothing(session: AsyncSession, host_id: int) -> None:
    """Forget what a host's interfaces stand on, before they go with it: PostgreSQL checks the lower ones first."""
    of_host = select(InterfaceRow.id).where(InterfaceRow.host_id == host_id)
    await session.execute(delete(InterfaceUseRow).where(InterfaceUseRow.upper_id.in_(of_host)))


async def remove_network_assignment(session: AsyncSession, uuid: str) -> None:
    """Disconnect an interface from a network."""
    await session.execute(delete(InterfaceNetworkRow).where(InterfaceNetworkRow.uuid == uuid))


async def remove_data_network_assignment(session: AsyncSession, uuid: str) -> None:
    """Let an interface carry a data network no more."""
    await session.execute(delete(InterfaceDataNetworkRow).where(InterfaceDataNetworkRow.uuid == uuid))


async def users_of_network(session: AsyncSession, network_id: int) -> list[tuple[str, str]]:
    """Return who is connected to a network: (host, interface)."""
    query = _users().join(InterfaceNetworkRow, InterfaceNetworkRow.interface_id == InterfaceRow.id)
    return await _named(session, query.where(InterfaceNetworkRow.network_id == network_id))


async def users_of_data_network(session: AsyncSession, data_network_id: int) -> list[tuple[str, str]]:
    """Return who carries a data network: (host, interface)."""
    query = _users().join(InterfaceDataNetworkRow, InterfaceDataNetworkRow.interface_id == InterfaceRow.id)
    return await _named(session, query.where(InterfaceDataNetworkRow.data_network_id == data_network_id))


async def users_of_pool(session: AsyncSession, pool_id: int) -> list[tuple[str, str]]:
    """Return who takes addresses from a pool: (host, interface)."""
    takes = (InterfaceRow.ipv4_pool_id == pool_id) | (InterfaceRow.ipv6_pool_id == pool_id)
    return await _named(session, _users().where(takes))


async def page_of_networks(
    session: AsyncSession, wanted: Page
) -> Sequence[Row[InterfaceNetworkRow, NetworkRow, InterfaceRow]]:
    """Return a part of all connections to networks, in the order in which they were made."""
    query = (
        select(InterfaceNetworkRow, NetworkRow, InterfaceRow)
        .join(NetworkRow, NetworkRow.id == InterfaceNetworkRow.network_id)
        .join(InterfaceRow, InterfaceRow.id == InterfaceNetworkRow.interface_id)
        .order_by(InterfaceNetworkRow.id)
    )
    if wanted.after_id is not None:
        query = query.where(InterfaceNetworkRow.id > wanted.after_id)
    if wanted.limit is not None:
        query = query.limit(wanted.limit)
    return (await session.execute(query)).all()


async def page_of_data_networks(
    session: AsyncSession, wanted: Page
) -> Sequence[Row[InterfaceDataNetworkRow, DataNetworkRow, InterfaceRow]]:
    """Return a part of all carriers of data networks, in the order in which they were made."""
    query = (
        select(InterfaceDataNetworkRow, DataNetworkRow, InterfaceRow)
        .join(DataNetworkRow, DataNetworkRow.id == InterfaceDataNetworkRow.data_network_id)
        .join(InterfaceRow, InterfaceRow.id == InterfaceDataNetworkRow.interface_id)
        .order_by(InterfaceDataNetworkRow.id)
    )
    if wanted.after_id is not None:
        query = query.where(InterfaceDataNetworkRow.id > wanted.after_id)
    if wanted.limit is not None:
        query = query.limit(wanted.limit)
    return (await session.execute(query)).all()


def _of_host() -> Select[str]:
    return select(HostRow.uuid).join(InterfaceRow, InterfaceRow.host_id == HostRow.id)


async def _one(session: AsyncSession, query: Select[str], uuid: str) -> str | None:
    if not uuid.isprintable() or len(uuid) > 36:
        return None  # PostgreSQL refuses to compare with some of these
    return await session.scalar(query)


def _users() -> Select[str | None, str, str]:
    return select(HostRow.hostname, HostRow.uuid, InterfaceRow.ifname).join(
        InterfaceRow, InterfaceRow.host_id == HostRow.id
    )


async def _named(session: AsyncSession, query: Select[str | None, str, str]) -> list[tuple[str, str]]:
    rows = (await session.execute(query.order_by(InterfaceRow.id))).all()
    return [(hostname or uuid, ifname) for hostname, uuid, ifname in rows]
