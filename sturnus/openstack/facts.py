"""What decides the values of the OpenStack application, as plain values. Made by `gathering`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class NetworkKind(StrEnum):
    """How users' networks travel through a data network."""

    FLAT = "flat"
    """As they are: one network."""
    VLAN = "vlan"
    """Each with a VLAN tag of its own."""
    TUNNELS = "vxlan"
    """Each in a tunnel. OVN uses geneve, whatever the inventory's word for tunnels is."""


@dataclass(frozen=True, slots=True)
class DataNetwork:
    """A network that carries users' networks."""

    name: str  # Neutron's name of the physical network
    kind: NetworkKind
    mtu: int  # bytes


@dataclass(frozen=True, slots=True, order=True)
class HugePages:
    """Pages that the virtual switch keeps on one NUMA node."""

    node: int
    size_kib: int
    count: int


@dataclass(frozen=True, slots=True, order=True)
class GivenPort:
    """A port that servers get: whole, or its virtual functions."""

    address: str  # PCI, "0000:5e:00.0"
    physical_network: str


@dataclass(frozen=True, slots=True, order=True)
class GivenDevice:
    """A device that servers get whole. Numbers are hexadecimal digits."""

    address: str
    vendor_id: str
    device_id: str
    class_id: str


@dataclass(frozen=True, slots=True)
class HostFacts:
    """A host with a role in OpenStack."""

    name: str
    runs_control: bool
    runs_compute: bool
    unlocked: bool
    cpus_shared: tuple[int, ...] = ()  # servers share these; empty: nothing is known, or none
    cpus_dedicated: tuple[int, ...] = ()  # each for one virtual processor
    reserved_mib: int | None = None  # kept from servers; None: the host did not say how much memory it has
    switch_pages: tuple[HugePages, ...] = ()
    bridged: Mapping[str, str] = field(default_factory=dict)  # data network → device that carries it
    tunnel_device: str | None = None  # None: none was chosen
    ports: tuple[GivenPort, ...] = ()
    devices: tuple[GivenDevice, ...] = ()
    remote_storage: bool = False  # disks of its servers are not its own


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """All that decides the system's values."""

    region: str
    hosts: tuple[HostFacts, ...] = ()  # by name
    data_networks: tuple[DataNetwork, ...] = ()  # in the order in which they were made
    endpoint_domain: str | None = None  # service parameter openstack/helm/endpoint_domain
    storage_class: str | None = None  # service parameter openstack/helm/storage_class; None: the cluster's default
    console_host: str | None = None  # where operators reach the platform; None: nobody said

    @property
    def physical_networks(self) -> tuple[DataNetwork, ...]:
        """Data networks that are Neutron's physical networks: all but those that carry tunnels."""
        return tuple(network for network in self.data_networks if network.kind is not NetworkKind.TUNNELS)

    @property
    def computes(self) -> tuple[HostFacts, ...]:
        """Hosts that run servers."""
        return tuple(host for host in self.hosts if host.runs_compute)
