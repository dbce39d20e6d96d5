"""Data networks are made, changed and removed, each in one transaction with its event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.inventory import forms
from sturnus.inventory.changing import Ground
from sturnus.inventory.networking import named
from sturnus.inventory.networking.data_network_checks import (
    CHANGE_FORM,
    DATA_NETWORK_CHECKS,
    DATA_NETWORK_REMOVAL_CHECKS,
    DEFAULT_MTU,
    DEFAULT_TTL,
    NEW_FORM,
    VXLAN_PORT,
    Carrier,
    DataNetworkFacts,
    DataNetworkRemovalFacts,
)
from sturnus.inventory.networking.model import DataNetwork, DataNetworkType, VxlanMode
from sturnus.inventory.violations import refuse_if
from sturnus.store import interfaces, networks
from sturnus.store.interfaces import InterfaceDataNetworkRow, InterfaceRow
from sturnus.store.models import HostRow
from sturnus.store.networks import DataNetworkRow

_COLUMNS = ("name", "network_type", "mtu", "description", "port_num", "multicast_group", "ttl", "mode")
_OPTIONAL = frozenset({"description", "multicast_group"})


async def add(ground: Ground, raw: Mapping[str, object]) -> DataNetwork:
    """Make a data network."""
    given = forms.filled_in(NEW_FORM, raw)
    wanted = _draft(given)
    async with ground.database.write() as session:
        await networks.hold_still(session)
        taken = await networks.find(session, DataNetworkRow, wanted.name) is not None
        refuse_if(DATA_NETWORK_CHECKS, DataNetworkFacts(wanted, None, given, taken))
        values = {name: getattr(wanted, name) for name in _COLUMNS}
        row = DataNetworkRow(uuid=ground.new_id(), created_at=ground.clock.now(), **values)
        session.add(row)
        await named.tell(session, ground, named.DATA_NETWORKS, row, "added")
        return data_network_of(row)


async def change(ground: Ground, reference: str, raw: Mapping[str, object], revision: int | None) -> DataNetwork:
    """Change a data network, but for its type."""
    changes = forms.changes(CHANGE_FORM, raw)
    async with ground.database.write() as session:
        row = await named.locked(session, named.DATA_NETWORKS, reference, revision)
        stored = data_network_of(row)
        kept = {name: value for name, value in changes.items() if value is not None or name in _OPTIONAL}
        wanted = _fitting(replace(stored, **kept))
        holder = await networks.find(session, DataNetworkRow, wanted.name)
        taken = holder is not None and holder.id != row.id
        facts = DataNetworkFacts(wanted, stored, changes, taken, await _carriers(session, row.id))
        refuse_if(DATA_NETWORK_CHECKS, facts)
        if wanted == stored:
            return stored
        for name in _COLUMNS:
            setattr(row, name, getattr(wanted, name))
        row.updated_at = ground.clock.now()
        await named.tell(session, ground, named.DATA_NETWORKS, row, "changed")
        return data_network_of(row)


async def remove(ground: Ground, reference: str, revision: int | None) -> None:
    """Remove a data network that no interface carries."""
    async with ground.database.write() as session:
        row = await named.locked(session, named.DATA_NETWORKS, reference, revision)
        users = await interfaces.users_of_data_network(session, row.id)
        refuse_if(DATA_NETWORK_REMOVAL_CHECKS, DataNetworkRemovalFacts(data_network_of(row), users))
        await named.tell(session, ground, named.DATA_NETWORKS, row, "deleted")
        await session.delete(row)


def data_network_of(row: DataNetworkRow) -> DataNetwork:
    """A data network from its row."""
    return DataNetwork(
        id=row.id,
        uuid=row.uuid,
        name=row.name,
        network_type=DataNetworkType(row.network_type),
        mtu=row.mtu,
        description=row.description,
        port_num=row.port_num,
        multicast_group=row.multicast_group,
        ttl=row.ttl,
        mode=None if row.mode is None else VxlanMode(row.mode),
        created_at=row.created_at,
        updated_at=row.updated_at,
        revision=row.revision,
    )


def _draft(given: Mapping[str, Any]) -> DataNetwork:
    return _fitting(
        DataNetwork(
            id=0,
            uuid="",
            name=given["name"],
            network_type=given["network_type"],
            mtu=given.get("mtu") or DEFAULT_MTU,
            description=given.get("description"),
            port_num=given.get("port_num"),
            multicast_group=given.get("multicast_group"),
            ttl=given.get("ttl"),
            mode=given.get("mode"),
            created_at=None,
            updated_at=None,
            revision=0,
        )
    )


def _fitting(data_network: DataNetwork) -> DataNetwork:
    """Options that the type has, with their defaults; none that it has not."""
    if data_network.network_type is not DataNetworkType.VXLAN:
        return replace(data_network, port_num=None, multicast_group=None, ttl=None, mode=None)
    return replace(
        data_network,
        port_num=data_network.port_num or VXLAN_PORT,
        ttl=data_network.ttl or DEFAULT_TTL,
        mode=data_network.mode or VxlanMode.DYNAMIC,
    )


async def _carriers(session: AsyncSession, data_network_id: int) -> tuple[Carrier, ...]:
    query = (
        select(HostRow, InterfaceRow)
        .join(InterfaceRow, InterfaceRow.host_id == HostRow.id)
        .join(InterfaceDataNetworkRow, InterfaceDataNetworkRow.interface_id == InterfaceRow.id)
        .where(InterfaceDataNetworkRow.data_network_id == data_network_id)
        .order_by(InterfaceRow.id)
    )
    return tuple(
        Carrier(host.hostname or host.uuid, host.administrative, interface.ifname, interface.imtu)
        for host, interface in await session.execute(query)
    )
