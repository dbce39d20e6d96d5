"""The door to networks and interfaces: `Inventory.networking`.

Methods raise the closed set of `core.errors`. References are numbers, uuids or names; interfaces and assignments have
uuids only. `revision` is the one that the caller decided from: the network's own, or that of the host for whatever
belongs to a host.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.inventory import changing
from sturnus.inventory.changing import Ground
from sturnus.inventory.derived_ids import host_number
from sturnus.inventory.host import Host, from_row
from sturnus.inventory.networking import (
    address_pools,
    assignments,
    data_networks,
    following,
    interfaces,
    named,
    networks,
)
from sturnus.inventory.networking.loading import (
    data_network_assignment_of,
    interfaces_of,
    network_assignment_of,
)
from sturnus.inventory.networking.model import (
    AddressPool,
    DataNetwork,
    DataNetworkAssignment,
    Interface,
    Network,
    NetworkAssignment,
    Port,
)
from sturnus.inventory.networking.ports import ports_of
from sturnus.store import hosts
from sturnus.store import interfaces as interface_rows
from sturnus.store import networks as network_rows
from sturnus.store.hosts import Page
from sturnus.store.networks import AddressPoolRow, DataNetworkRow

A = TypeVar("A", NetworkAssignment, DataNetworkAssignment)

ALL = Page()


class Networking:
    """Networks, address pools, data networks, interfaces, what they are connected to, and ports."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._database = ground.database

    async def prepare(self) -> None:
        """Make what there has to be from the start: the first networks, and interfaces that hosts lack."""
        await networks.ensure(self._ground)
        await following.catch_up(self._ground)

    # ── networks of the platform ────────────────────────────────────────────────────────────────────────────────────

    async def networks(self, page: Page = ALL) -> list[Network]:
        """Networks in the order in which they were made."""
        async with self._database.read() as session:
            return [networks.network_of(*row) for row in await network_rows.networks_with_pools(session, page)]

    async def network(self, reference: str) -> Network:
        """One network."""
        async with self._database.read() as session:
            row = await named.found(session, named.NETWORKS, reference)
            return networks.network_of(row, await network_rows.pool_uuid(session, row))

    async def add_network(self, fields: Mapping[str, object]) -> Network:
        """Make a network. Refused by `NETWORK_CHECKS`."""
        return await networks.add(self._ground, fields)

    async def change_network(self, reference: str, fields: Mapping[str, object], revision: int | None) -> Network:
        """Change a network. Refused by `NETWORK_CHECKS`."""
        return await networks.change(self._ground, reference, fields, revision)

    async def remove_network(self, reference: str, revision: int | None) -> None:
        """Remove a network. Refused by `NETWORK_REMOVAL_CHECKS`."""
        await networks.remove(self._ground, reference, revision)

    # ── address pools ───────────────────────────────────────────────────────────────────────────────────────────────

    async def pools(self, page: Page = ALL) -> list[AddressPool]:
        """Address pools in the order in which they were made."""
        async with self._database.read() as session:
            return [address_pools.pool_of(row) for row in await network_rows.page(session, AddressPoolRow, page)]

    async def pool(self, reference: str) -> AddressPool:
        """One address pool."""
        async with self._database.read() as session:
            return address_pools.pool_of(await named.found(session, named.POOLS, reference))

    async def add_pool(self, fields: Mapping[str, object]) -> AddressPool:
        """Make an address pool. Refused by `POOL_CHECKS`."""
        return await address_pools.add(self._ground, fields)

    async def change_pool(self, reference: str, fields: Mapping[str, object], revision: int | None) -> AddressPool:
        """Change an address pool. Refused by `POOL_CHECKS`."""
        return await address_pools.change(self._ground, reference, fields, revision)

    async def remove_pool(self, reference: str, revision: int | None) -> None:
        """Remove an address pool. Refused by `POOL_REMOVAL_CHECKS`."""
        await address_pools.remove(self._ground, reference, revision)

    # ── data networks ───────────────────────────────────────────────────────────────────────────────────────────────

    async def data_networks(self, page: Page = ALL) -> list[DataNetwork]:
        """Data networks in the order in which they were made."""
        async with self._database.read() as session:
            rows = await network_rows.page(session, DataNetworkRow, page)
            return [data_networks.data_network_of(row) for row in rows]

    async def data_network(self, reference: str) -> DataNetwork:
        """One data network."""
        async with self._database.read() as session:
            return data_networks.data_network_of(await named.found(session, named.DATA_NETWORKS, reference))

    async def add_data_network(self, fields: Mapping[str, object]) -> DataNetwork:
        """Make a data network. Refused by `DATA_NETWORK_CHECKS`."""
        return await data_networks.add(self._ground, fields)

    async def change_data_network(
        self, reference: str, fields: Mapping[str, object], revision: int | None
    ) -> DataNetwork:
        """Change a data network. Refused by `DATA_NETWORK_CHECKS`."""
        return await data_networks.change(self._ground, reference, fields, revision)

    async def remove_data_network(self, reference: str, revision: int | None) -> None:
        """Remove a data network. Refused by `DATA_NETWORK_REMOVAL_CHECKS`."""
        await data_networks.remove(self._ground, reference, revision)

    # ── interfaces and ports ────────────────────────────────────────────────────────────────────────────────────────

    async def all_interfaces(self) -> tuple[Interface, ...]:
        """Interfaces of all hosts, with their networks and data networks: five queries, however many there are."""
        async with self._database.read() as session:
            return await interfaces_of(session, None)

    async def interfaces(self, host: str) -> tuple[Interface, ...]:
        """Interfaces of one host."""
        async with self._database.read() as session:
            return await interfaces_of(session, (await self._host(session, host)).id)

    async def interface(self, uuid: str) -> Interface:
        """One interface."""
        async with self._database.read() as session:
            host = await self._host(session, await interfaces.host_of(session, uuid))
            return interfaces.with_uuid(await interfaces_of(session, host.id), uuid)

    async def add_interface(self, fields: Mapping[str, object], revision: int | None) -> Interface:
        """Make an interface. Refused by `INTERFACE_CHECKS`."""
        return await interfaces.add(self._ground, fields, revision)

    async def change_interface(self, uuid: str, fields: Mapping[str, object], revision: int | None) -> Interface:
        """Change an interface. Refused by `INTERFACE_CHECKS`."""
        return await interfaces.change(self._ground, uuid, fields, revision)

    async def remove_interface(self, uuid: str, revision: int | None) -> None:
        """Remove an interface. Refused by `INTERFACE_REMOVAL_CHECKS`."""
        await interfaces.remove(self._ground, uuid, revision)

    async def ports(self, host: str) -> tuple[Port, ...]:
        """Ports of one host, as it last reported them."""
        async with self._database.read() as session:
            found = await self._host(session, host)
            return ports_of(found, await interfaces_of(session, found.id))

    async def ports_below(self, interface_uuid: str) -> tuple[Port, ...]:
        """The port that an ethernet interface stands on, if it is still there. Others have none of their own."""
        async with self._database.read() as session:
            host = await self._host(session, await interfaces.host_of(session, interface_uuid))
            ports = ports_of(host, await interfaces_of(session, host.id))
        return tuple(port for port in ports if port.interface_uuid == interface_uuid)

    async def port(self, uuid: str) -> Port:
        """One port."""
        number = host_number(uuid)
        found = () if number is None else await self._ports_of_number(number)
        port = next((each for each in found if each.uuid == uuid.lower()), None)
        if port is None:
            raise assignments.not_found("host port", uuid)
        return port

    # ── what is connected to what ───────────────────────────────────────────────────────────────────────────────────

    async def assignments(self, page: Page = ALL) -> list[NetworkAssignment]:
        """Connections of all hosts to networks, in the order in which they were made."""
        async with self._database.read() as session:
            return [network_assignment_of(*row) for row in await interface_rows.page_of_networks(session, page)]

    async def assignments_of(self, host: str) -> list[NetworkAssignment]:
        """Connections of one host to networks."""
        return [each for interface in await self.interfaces(host) for each in interface.networks]

    async def assignment(self, uuid: str) -> NetworkAssignment:
        """One connection to a network."""
        async with self._database.read() as session:
            host = await interface_rows.host_of_network_assignment(session, uuid)
        found = [] if host is None else await self.assignments_of(host)
        return _with_uuid(found, uuid, "interface network")

    async def connect(self, fields: Mapping[str, object], revision: int | None) -> NetworkAssignment:
        """Connect an interface to a network. Refused by `ASSIGNMENT_CHECKS`."""
        return await assignments.connect(self._ground, fields, revision)

    async def disconnect(self, uuid: str, revision: int | None) -> None:
        """Disconnect it again. Refused by `DISCONNECTION_CHECKS`."""
        await assignments.disconnect(self._ground, uuid, revision)

    async def data_assignments(self, page: Page = ALL) -> list[DataNetworkAssignment]:
        """Carriers of data networks of all hosts, in the order in which they were made."""
        async with self._database.read() as session:
            rows = await interface_rows.page_of_data_networks(session, page)
            return [data_network_assignment_of(*row) for row in rows]

    async def data_assignments_of(self, host: str) -> list[DataNetworkAssignment]:
        """Carriers of data networks of one host."""
        return [each for interface in await self.interfaces(host) for each in interface.data_networks]

    async def data_assignment(self, uuid: str) -> DataNetworkAssignment:
        """One carrier of a data network."""
        async with self._database.read() as session:
            host = await interface_rows.host_of_data_network_assignment(session, uuid)
        found = [] if host is None else await self.data_assignments_of(host)
        return _with_uuid(found, uuid, "interface datanetwork")

    async def carry(self, fields: Mapping[str, object], revision: int | None) -> DataNetworkAssignment:
        """Let an interface carry a data network. Refused by `DATA_ASSIGNMENT_CHECKS`."""
        return await assignments.carry(self._ground, fields, revision)

    async def drop(self, uuid: str, revision: int | None) -> None:
        """Let it carry that no more. Refused by `DISCONNECTION_CHECKS`."""
        await assignments.drop(self._ground, uuid, revision)

    async def _ports_of_number(self, number: str) -> tuple[Port, ...]:
        async with self._database.read() as session:
            row = await hosts.find(session, number)
            return () if row is None else ports_of(from_row(row), await interfaces_of(session, row.id))

    async def _host(self, session: AsyncSession, reference: str) -> Host:
        row = await hosts.find(session, reference)
        if row is None:
            raise changing.no_such_host(reference)
        return from_row(row)


def _with_uuid(found: list[A], uuid: str, thing: str) -> A:
    assignment = next((each for each in found if each.uuid == uuid), None)
    if assignment is None:
        raise assignments.not_found(thing, uuid)
    return assignment
