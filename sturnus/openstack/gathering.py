"""Reads the inventory, by its door, and says it in the words of `facts`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from sturnus.core.states import Administrative
from sturnus.inventory.host import Label, ListedHost, System
from sturnus.inventory.host_parts import HostParts
from sturnus.inventory.labels import runs_openstack_compute, runs_openstack_control
from sturnus.inventory.networking.model import (
    AddressPool,
    DataNetworkType,
    Interface,
    InterfaceClass,
    Network,
    NetworkType,
)
from sturnus.inventory.networking.model import DataNetwork as InventoryNetwork
from sturnus.inventory.parameters.service import ServiceParameter
from sturnus.inventory.processors.model import CpuFunction
from sturnus.openstack.facts import (
    DataNetwork,
    GivenDevice,
    GivenPort,
    HostFacts,
    HugePages,
    NetworkKind,
    PlatformFacts,
)

PARAMETERS: Final = {"service": "openstack", "section": "helm"}
REMOTE_STORAGE: Final = "remote-storage"
PASSED_ON: Final = frozenset({InterfaceClass.PCI_PASSTHROUGH, InterfaceClass.PCI_SRIOV})


class Networking(Protocol):
    """What is read of `Inventory.networking`."""

    async def networks(self) -> list[Network]:
        """Networks of the platform."""
        ...

    async def pools(self) -> list[AddressPool]:
        """Address pools."""
        ...

    async def data_networks(self) -> list[InventoryNetwork]:
        """Data networks, in the order in which they were made."""
        ...


class Parameters(Protocol):
    """What is read of `Inventory.parameters`."""

    async def parameters(self, filters: Mapping[str, str]) -> list[ServiceParameter]:
        """Parameters that match."""
        ...


class Inventory(Protocol):
    """What is read of the inventory: `inventory.service.Inventory`, or a scripted one."""

    @property
    def networking(self) -> Networking:
        """Networks."""
        ...

    @property
    def parameters(self) -> Parameters:
        """Service parameters."""
        ...

    async def system(self) -> System:
        """The system as it is."""
        ...

    async def hosts(self) -> list[ListedHost]:
        """All hosts."""
        ...

    async def labels(self) -> list[Label]:
        """Labels of all hosts."""
        ...

    async def parts(self, uuids: Collection[str]) -> list[HostParts]:
        """What these hosts are made of."""
        ...


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Reads the facts. One for a process: a host that did not change is not read again, so asking often is cheap.

    What is remembered of a host counts for one revision of it: whatever changes of a host, its revision grows.
    """

    inventory: Inventory
    _known: dict[str, _Known] = field(default_factory=dict)  # by the host's uuid

    async def facts(self) -> PlatformFacts:
        """Read all that decides the values of the OpenStack application."""
        hosts = await self.inventory.hosts()
        parameters = {each.name: each.value for each in await self.inventory.parameters.parameters(PARAMETERS)}
        networking = self.inventory.networking
        return PlatformFacts(
            region=(await self.inventory.system()).region_name,
            hosts=await self._hosts(hosts),
            data_networks=tuple(
                DataNetwork(each.name, _KINDS[each.network_type], each.mtu) for each in await networking.data_networks()
            ),
            endpoint_domain=parameters.get("endpoint_domain"),
            storage_class=parameters.get("storage_class"),
            console_host=console_host(await networking.networks(), await networking.pools(), hosts),
        )

    async def _hosts(self, listed: Collection[ListedHost]) -> tuple[HostFacts, ...]:
        labels: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for label in await self.inventory.labels():
            labels[label.host_uuid][label.label_key] = label.label_value
        named = {host.uuid: host.revision for host in listed if host.hostname and _has_role(labels[host.uuid])}
        for gone in self._known.keys() - named.keys():
            del self._known[gone]
        changed = [uuid for uuid, revision in named.items() if not self._is_known(uuid, revision)]
        for each in await self.inventory.parts(changed) if changed else ():
            self._known[each.host.uuid] = _Known(each.host.revision, host_facts(each, labels[each.host.uuid]))
        return tuple(sorted((each.facts for each in self._known.values()), key=lambda host: host.name))

    def _is_known(self, uuid: str, revision: int) -> bool:
        known = self._known.get(uuid)
        return known is not None and known.revision == revision


@dataclass(frozen=True, slots=True)
class _Known:
    revision: int
    facts: HostFacts


def _has_role(labels: Mapping[str, str]) -> bool:
    return runs_openstack_compute(labels) or runs_openstack_control(labels)


def host_facts(parts: HostParts, labels: Mapping[str, str]) -> HostFacts:
    """Say of one host what matters here. Its name is empty if it has none yet."""
    host = parts.host
    kept = [each.platform_mib + (each.choice.vswitch_pages or 0) * each.vswitch_page_mib for each in parts.memory]
    return HostFacts(
        name=host.hostname or "",
        runs_control=runs_openstack_control(labels),
        runs_compute=runs_openstack_compute(labels) and host.is_worker,
        unlocked=host.administrative is Administrative.UNLOCKED,
        cpus_shared=_cpus(parts, CpuFunction.APPLICATION, CpuFunction.SHARED),
        cpus_dedicated=_cpus(parts, CpuFunction.ISOLATED),
        reserved_mib=sum(kept) if kept else None,
        switch_pages=tuple(
            HugePages(each.numa_node, each.vswitch_page_mib * 1024, each.choice.vswitch_pages)
            for each in parts.memory
            if each.choice.vswitch_pages
        ),
        bridged={
            carried.datanetwork_name: _device(interface)
            for interface in parts.interfaces
            if interface.ifclass is InterfaceClass.DATA
            for carried in interface.data_networks
            if carried.network_type is not DataNetworkType.VXLAN
        },
        tunnel_device=_tunnel_device(parts),
        ports=_given_ports(parts),
        devices=tuple(
            GivenDevice(each.address, each.vendor_id, each.device_id, each.class_id)
            for each in parts.devices
            if each.enabled
        ),
        remote_storage=labels.get(REMOTE_STORAGE) == "enabled",
    )


def console_host(
    networks: Collection[Network], pools: Collection[AddressPool], hosts: Collection[ListedHost]
) -> str | None:
    """Where operators reach the platform: the floating address of network `oam`, else of its first controller."""
    wanted = {network.pool_uuid for network in networks if network.type is NetworkType.OAM}
    floating = [pool.floating_address for pool in pools if pool.uuid in wanted and pool.floating_address]
    if floating:
        return floating[0]
    return next((host.mgmt_ip for host in hosts if host.is_controller and host.mgmt_ip), None)


_KINDS: Final[Mapping[DataNetworkType, NetworkKind]] = {
    DataNetworkType.FLAT: NetworkKind.FLAT,
    DataNetworkType.VLAN: NetworkKind.VLAN,
    DataNetworkType.VXLAN: NetworkKind.TUNNELS,
}


def _cpus(parts: HostParts, *functions: CpuFunction) -> tuple[int, ...]:
    return tuple(each.cpu for each in parts.cpus if each.function in functions)


def _device(interface: Interface) -> str:
    """Its name in the host's operating system: that of the port, or of what stands on other interfaces."""
    if interface.vlan_id is not None:
        return f"vlan{interface.vlan_id}"
    return interface.port_name or interface.ifname


def _tunnel_device(parts: HostParts) -> str | None:
    for interface in parts.interfaces:
        if interface.ifclass is InterfaceClass.DATA:
            kinds = {carried.network_type for carried in interface.data_networks}
            if DataNetworkType.VXLAN in kinds:
                return _device(interface)
    return None


def _given_ports(parts: HostParts) -> tuple[GivenPort, ...]:
    addresses = {port.name: port.pci_address for port in parts.ports}
    return tuple(
        GivenPort(address, carried.datanetwork_name)
        for interface in parts.interfaces
        if interface.ifclass in PASSED_ON and interface.port_name is not None
        if (address := addresses.get(interface.port_name)) is not None
        for carried in interface.data_networks
    )
