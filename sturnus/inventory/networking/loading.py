"""Interfaces out of the tables, with all that hangs on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.inventory.networking.model import (
    AeMode,
    DataNetworkAssignment,
    DataNetworkType,
    Interface,
    InterfaceClass,
    InterfaceType,
    Ipv4Mode,
    Ipv6Mode,
    NetworkAssignment,
    NetworkType,
    PtpRole,
    TxHashPolicy,
    VfDriver,
)
from sturnus.store import interfaces
from sturnus.store.interfaces import Connected, InterfaceDataNetworkRow, InterfaceNetworkRow, InterfaceRow
from sturnus.store.networks import AddressPoolRow, DataNetworkRow, NetworkRow


async def interfaces_of(session: AsyncSession, host_id: int | None) -> tuple[Interface, ...]:
    """The interfaces of one host, or of all (None): five queries, however many there are."""
    found = await interfaces.connected(session, host_id)
    pools = {row.id: row.uuid for row in await session.execute(select(AddressPoolRow.id, AddressPoolRow.uuid))}
    names = {row[0].id: row[0].ifname for row in found.rows}
    above: defaultdict[int, list[str]] = defaultdict(list)
    for upper, lowers in found.uses.items():
        for lower in lowers:
            above[lower].append(names[upper])
    return tuple(_interface(row, found, names, above, pools) for row in found.rows)


def network_assignment_of(row: InterfaceNetworkRow, network: NetworkRow, interface: InterfaceRow) -> NetworkAssignment:
    """A connection to a network from its rows."""
    return NetworkAssignment(
        id=row.id,
        uuid=row.uuid,
        host_id=interface.host_id,
        interface_uuid=interface.uuid,
        ifname=interface.ifname,
        network_id=network.id,
        network_uuid=network.uuid,
        network_name=network.name,
        network_type=NetworkType(network.type),
    )


def data_network_assignment_of(
    row: InterfaceDataNetworkRow, data_network: DataNetworkRow, interface: InterfaceRow
) -> DataNetworkAssignment:
    """A carrier of a data network from its rows."""
    return DataNetworkAssignment(
        id=row.id,
        uuid=row.uuid,
        host_id=interface.host_id,
        interface_uuid=interface.uuid,
        ifname=interface.ifname,
        datanetwork_id=data_network.id,
        datanetwork_uuid=data_network.uuid,
        datanetwork_name=data_network.name,
        network_type=DataNetworkType(data_network.network_type),
        mtu=data_network.mtu,
    )


def _interface(
    found: Row[InterfaceRow, str, str | None, int],
    connected: Connected,
    names: Mapping[int, str],
    above: Mapping[int, list[str]],
    pools: Mapping[int, str],
) -> Interface:
    row, host_uuid, hostname, revision = found
    networks = connected.networks.get(row.id, ())
    data_networks = connected.data_networks.get(row.id, ())
    return Interface(
        id=row.id,
        uuid=row.uuid,
        host_id=row.host_id,
        host_uuid=host_uuid,
        hostname=hostname,
        revision=revision,
        ifname=row.ifname,
        iftype=InterfaceType(row.iftype),
        ifclass=InterfaceClass(row.ifclass),
        imtu=row.imtu,
        imac=row.imac,
        port_name=row.port_name,
        vlan_id=row.vlan_id,
        aemode=None if row.aemode is None else AeMode(row.aemode),
        txhashpolicy=None if row.txhashpolicy is None else TxHashPolicy(row.txhashpolicy),
        sriov_numvfs=row.sriov_numvfs,
        sriov_vf_driver=None if row.sriov_vf_driver is None else VfDriver(row.sriov_vf_driver),
        ptp_role=PtpRole(row.ptp_role),
        ipv4_mode=None if row.ipv4_mode is None else Ipv4Mode(row.ipv4_mode),
        ipv6_mode=None if row.ipv6_mode is None else Ipv6Mode(row.ipv6_mode),
        ipv4_pool=None if row.ipv4_pool_id is None else pools[row.ipv4_pool_id],
        ipv6_pool=None if row.ipv6_pool_id is None else pools[row.ipv6_pool_id],
        created_at=row.created_at,
        updated_at=row.updated_at,
        uses=tuple(names[lower] for lower in connected.uses.get(row.id, ())),
        used_by=tuple(above.get(row.id, ())),
        networks=tuple(network_assignment_of(*each, row) for each in networks),
        data_networks=tuple(data_network_assignment_of(*each, row) for each in data_networks),
    )
