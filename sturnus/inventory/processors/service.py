"""The door to what a host is made of and how that is divided: `Inventory.processors`.

Methods raise the closed set of `core.errors`. `revision` is that of the host.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sturnus.inventory import changing
from sturnus.inventory.changing import Ground
from sturnus.inventory.host import Host, from_row
from sturnus.inventory.pci_devices import PciDevice, devices_of
from sturnus.inventory.processors import choosing
from sturnus.inventory.processors.layout import cpus_of, memory_of, nodes_of
from sturnus.inventory.processors.model import Cpu, CpuRequest, Memory, NumaNode
from sturnus.store import hosts, processors


class Processors:
    """Processors, NUMA nodes, memory and PCI devices of hosts."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._database = ground.database

    async def nodes(self, host: str) -> tuple[NumaNode, ...]:
        """NUMA nodes of one host."""
        return nodes_of(await self._host(host))

    async def node(self, uuid: str) -> NumaNode:
        """One NUMA node."""
        found: NumaNode = choosing.with_uuid(await self.nodes(choosing.host_of(uuid, "node")), uuid, "node")
        return found

    async def cpus(self, host: str) -> tuple[Cpu, ...]:
        """Processors of one host, each with its function."""
        found = await self._host(host)
        async with self._database.read() as session:
            return cpus_of(found, await processors.functions(session, found.id))

    async def cpu(self, uuid: str) -> Cpu:
        """One processor."""
        found: Cpu = choosing.with_uuid(await self.cpus(choosing.host_of(uuid, "cpu")), uuid, "cpu")
        return found

    async def divide_cpus(self, host: str, requests: Iterable[CpuRequest], revision: int | None) -> tuple[Cpu, ...]:
        """Give cores to functions. Refused by `CPU_CHECKS`."""
        return await choosing.divide_cpus(self._ground, host, requests, revision)

    async def memory(self, host: str) -> tuple[Memory, ...]:
        """Memory of one host by NUMA node, with what was chosen for it."""
        found = await self._host(host)
        async with self._database.read() as session:
            return memory_of(found, await choosing.choices_of(session, found.id))

    async def memory_node(self, uuid: str) -> Memory:
        """Memory of one NUMA node."""
        found: Memory = choosing.with_uuid(await self.memory(choosing.host_of(uuid, "memory")), uuid, "memory")
        return found

    async def divide_memory(self, uuid: str, fields: Mapping[str, object], revision: int | None) -> tuple[Memory, int]:
        """Divide the memory of one NUMA node; also answers the host's revision. Refused by `MEMORY_CHECKS`."""
        return await choosing.divide_memory(self._ground, uuid, fields, revision)

    async def devices(self, host: str) -> tuple[PciDevice, ...]:
        """PCI devices of one host."""
        return devices_of(await self._host(host))

    async def device(self, uuid: str) -> PciDevice:
        """One PCI device."""
        found: PciDevice = choosing.with_uuid(await self.devices(choosing.host_of(uuid, "device")), uuid, "device")
        return found

    async def _host(self, reference: str) -> Host:
        async with self._database.read() as session:
            row = await hosts.find(session, reference)
        if row is None:
            raise changing.no_such_host(reference)
        return from_row(row)
