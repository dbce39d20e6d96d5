"""Interfaces are connected to networks, and disconnected: rows, revision, event and notice in one commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.errors import NotFound
from sturnus.inventory import changing, forms
from sturnus.inventory.changing import Ground
from sturnus.inventory.forms import Form
from sturnus.inventory.host import from_row
from sturnus.inventory.networking import data_networks, named, networks
from sturnus.inventory.networking.assignment_checks import (
    ASSIGNMENT_CHECKS,
    DATA_ASSIGNMENT_CHECKS,
    DISCONNECTION_CHECKS,
    AssignmentFacts,
    DataAssignmentFacts,
    DisconnectionFacts,
)
from sturnus.inventory.networking.interfaces import changed, host_of, with_uuid
from sturnus.inventory.networking.loading import (
    data_network_assignment_of,
    interfaces_of,
    network_assignment_of,
)
from sturnus.inventory.networking.model import DataNetworkAssignment, Interface, InterfaceClass, NetworkAssignment
from sturnus.inventory.violations import refuse_if
from sturnus.store import interfaces
from sturnus.store.interfaces import InterfaceDataNetworkRow, InterfaceNetworkRow
from sturnus.store.models import HostRow

NETWORK_FORM: Final = Form(
    "an interface network",
    dict.fromkeys(("interface_uuid", "network_uuid"), forms.text(255)),
    "system help interface-network-assign",
    ("interface_uuid", "network_uuid"),
)
DATA_NETWORK_FORM: Final = Form(
    "an interface datanetwork",
    dict.fromkeys(("interface_uuid", "datanetwork_uuid"), forms.text(255)),
    "system help interface-datanetwork-assign",
    ("interface_uuid", "datanetwork_uuid"),
)


async def connect(ground: Ground, raw: Mapping[str, object], revision: int | None) -> NetworkAssignment:
    """Connect an interface to a network of the platform; one of class none becomes a platform interface."""
    given = forms.filled_in(NETWORK_FORM, raw)
    async with ground.database.write() as session:
        row, interface, others = await _interface(session, given, revision)
        network = await named.found(session, named.NETWORKS, given["network_uuid"])
        facts = AssignmentFacts(from_row(row), interface, networks.network_of(network, None), others)
        refuse_if(ASSIGNMENT_CHECKS, facts)
        stored = await interfaces.by_uuid(session, interface.uuid)
        if interface.ifclass is InterfaceClass.NONE:
            stored.ifclass = InterfaceClass.PLATFORM.value
        assignment = InterfaceNetworkRow(
            uuid=ground.new_id(), interface_id=stored.id, network_id=network.id, created_at=ground.clock.now()
        )
        session.add(assignment)
        await session.flush()
        await changed(session, ground, row)
        return network_assignment_of(assignment, network, stored)


async def carry(ground: Ground, raw: Mapping[str, object], revision: int | None) -> DataNetworkAssignment:
    """Let an interface carry a data network."""
    given = forms.filled_in(DATA_NETWORK_FORM, raw)
    async with ground.database.write() as session:
        row, interface, others = await _interface(session, given, revision)
        data_network = await named.found(session, named.DATA_NETWORKS, given["datanetwork_uuid"])
        wanted = data_networks.data_network_of(data_network)
        refuse_if(DATA_ASSIGNMENT_CHECKS, DataAssignmentFacts(from_row(row), interface, wanted, others))
        stored = await interfaces.by_uuid(session, interface.uuid)
        assignment = InterfaceDataNetworkRow(
            uuid=ground.new_id(), interface_id=stored.id, data_network_id=data_network.id, created_at=ground.clock.now()
        )
        session.add(assignment)
        await session.flush()
        await changed(session, ground, row)
        return data_network_assignment_of(assignment, data_network, stored)


async def disconnect(ground: Ground, uuid: str, revision: int | None) -> None:
    """Disconnect an interface from a network of the platform."""
    async with ground.database.write() as session:
        host = await interfaces.host_of_network_assignment(session, uuid)
        row = await _locked(session, host, uuid, "interface network", revision)
        await interfaces.remove_network_assignment(session, uuid)
        await changed(session, ground, row)


async def drop(ground: Ground, uuid: str, revision: int | None) -> None:
    """Let an interface carry a data network no more."""
    async with ground.database.write() as session:
        host = await interfaces.host_of_data_network_assignment(session, uuid)
        row = await _locked(session, host, uuid, "interface datanetwork", revision)
        await interfaces.remove_data_network_assignment(session, uuid)
        await changed(session, ground, row)


def not_found(thing: str, uuid: str) -> NotFound:
    """Nothing has this uuid."""
    command = thing.replace(" ", "-")
    return NotFound(
        f"{thing} not found: {uuid[:80]}", expected=f"the uuid of an {thing}", remedy=f"system {command}-list HOST"
    )


async def _interface(
    session: AsyncSession, given: Mapping[str, Any], revision: int | None
) -> tuple[HostRow, Interface, tuple[Interface, ...]]:
    """The host's row, locked; the interface; the host's other interfaces."""
    uuid = given["interface_uuid"]
    row = await changing.locked(session, await host_of(session, uuid), revision)
    present = await interfaces_of(session, row.id)
    interface = with_uuid(present, uuid)
    return row, interface, tuple(each for each in present if each.uuid != uuid)


async def _locked(session: AsyncSession, host: str | None, uuid: str, thing: str, revision: int | None) -> HostRow:
    if host is None:
        raise not_found(thing, uuid)
    row = await changing.locked(session, host, revision)
    refuse_if(DISCONNECTION_CHECKS, DisconnectionFacts(from_row(row)))
    return row
