"""What hosts are made of and connected to: a few are read one by one, many by eight queries, however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.inventory.host import Host, from_row
from sturnus.inventory.networking.loading import interfaces_of
from sturnus.inventory.networking.model import Interface, Port
from sturnus.inventory.networking.ports import ports_of
from sturnus.inventory.pci_devices import PciDevice, devices_of
from sturnus.inventory.processors.choosing import all_choices, choices_of
from sturnus.inventory.processors.layout import cpus_of, memory_of
from sturnus.inventory.processors.model import Cpu, Memory, MemoryChoice
from sturnus.store import hosts, processors
from sturnus.store.models import HostRow

FEW: Final = 4
"""Up to here it is cheaper to ask for each host than to read the parts of all."""
NO_CHOICES: Final[Mapping[int, str]] = {}


@dataclass(frozen=True, slots=True)
class HostParts:
    """One host, and its parts as the operator divided them. Empty parts: the host did not say."""

    host: Host
    cpus: tuple[Cpu, ...] = ()
    memory: tuple[Memory, ...] = ()
    devices: tuple[PciDevice, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    ports: tuple[Port, ...] = ()


async def parts_of(session: AsyncSession, uuids: Collection[str]) -> list[HostParts]:
    """Return the parts of these hosts, in the order of their numbers; those that are gone are left out."""
    rows = await hosts.with_uuids(session, uuids)
    if len(rows) <= FEW:
        return [await _one(session, row) for row in rows]
    functions, choices = await processors.all_functions(session), await all_choices(session)
    interfaces: defaultdict[str, list[Interface]] = defaultdict(list)
    for interface in await interfaces_of(session, None):
        interfaces[interface.host_uuid].append(interface)
    return [
        _parts(from_row(row), functions.get(row.id, NO_CHOICES), choices.get(row.id, {}), tuple(interfaces[row.uuid]))
        for row in rows
    ]


async def _one(session: AsyncSession, row: HostRow) -> HostParts:
    functions, choices = await processors.functions(session, row.id), await choices_of(session, row.id)
    return _parts(from_row(row), functions, choices, await interfaces_of(session, row.id))


def _parts(
    host: Host,
    functions: Mapping[int, str],
    choices: Mapping[int, MemoryChoice],
    interfaces: tuple[Interface, ...],
) -> HostParts:
    return HostParts(
        host=host,
        cpus=cpus_of(host, functions),
        memory=memory_of(host, choices),
        devices=devices_of(host),
        interfaces=interfaces,
        ports=ports_of(host, interfaces),
    )
