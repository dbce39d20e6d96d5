"""Networks and interfaces as they were at one moment, under the wire's names."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class NetworkType(StrEnum):
    """What a network of the platform is for."""

    MGMT = "mgmt"
    """The platform reaches hosts here. Every host needs it."""
    OAM = "oam"
    """Operators reach the platform here. Controllers only."""
    CLUSTER_HOST = "cluster-host"
    """Kubernetes nodes, and servers that move, talk to each other here."""
    CLUSTER_POD = "cluster-pod"
    """Addresses of pods. No interface is connected to it."""
    CLUSTER_SERVICE = "cluster-service"
    """Addresses of services. No interface is connected to it."""
    PXEBOOT = "pxeboot"
    """Hosts are installed from here."""
    MULTICAST = "multicast"
    """Multicast addresses that the platform uses. No interface is connected to it."""
    STORAGE = "storage"
    """Traffic of storage."""
    ADMIN = "admin"
    """A central cloud manages this one from here. Controllers only."""
    OTHER = "other"
    """Whatever else the operator wants a name for; the only kind of which there may be several."""


ADDRESSES_ONLY = frozenset({NetworkType.CLUSTER_POD, NetworkType.CLUSTER_SERVICE, NetworkType.MULTICAST})
"""Networks that exist as ranges of addresses: no interface is connected to them."""
OF_CONTROLLERS = frozenset({NetworkType.OAM, NetworkType.ADMIN})
"""Networks that only controllers are connected to."""


class AllocationOrder(StrEnum):
    """Which address of a pool is given away next."""

    RANDOM = "random"
    """Any that is free."""
    SEQUENTIAL = "sequential"
    """The lowest that is free."""


class DataNetworkType(StrEnum):
    """How users' networks travel through a data network."""

    FLAT = "flat"
    """As they are: one network."""
    VLAN = "vlan"
    """Each with a VLAN tag of its own."""
    VXLAN = "vxlan"
    """Each in a tunnel."""


class VxlanMode(StrEnum):
    """How tunnels find each other."""

    DYNAMIC = "dynamic"
    """By multicast."""
    STATIC = "static"
    """By addresses that Neutron distributes."""


class InterfaceType(StrEnum):
    """What an interface stands on."""

    ETHERNET = "ethernet"
    """A port."""
    AE = "ae"
    """Several ethernet interfaces, as one (aggregated ethernet: a bond)."""
    VLAN = "vlan"
    """Another interface, with a tag."""
    VIRTUAL = "virtual"
    """Nothing: a host whose network is its own."""


class InterfaceClass(StrEnum):
    """What an interface is for."""

    PLATFORM = "platform"
    """The platform's own networks."""
    DATA = "data"
    """Users' networks, through the virtual switch."""
    PCI_PASSTHROUGH = "pci-passthrough"
    """The whole port is given to one server."""
    PCI_SRIOV = "pci-sriov"
    """Parts of the port (virtual functions) are given to servers."""
    NONE = "none"
    """Nothing yet."""


PCI = frozenset({InterfaceClass.PCI_PASSTHROUGH, InterfaceClass.PCI_SRIOV})
FOR_SERVERS = PCI | {InterfaceClass.DATA}
"""Classes that carry data networks."""


class AeMode(StrEnum):
    """How the members of a bond share the work."""

    BALANCED = "balanced"
    """All send; who sends what is computed."""
    ACTIVE_STANDBY = "active_standby"
    """One works, the others wait."""
    LACP = "802.3ad"
    """All send, as agreed with the switch."""


class TxHashPolicy(StrEnum):
    """From what the sending member is computed."""

    LAYER2 = "layer2"
    LAYER2_3 = "layer2+3"
    LAYER3_4 = "layer3+4"


class Ipv4Mode(StrEnum):
    """Where IPv4 addresses come from."""

    DISABLED = "disabled"
    STATIC = "static"
    POOL = "pool"


class Ipv6Mode(StrEnum):
    """Where IPv6 addresses come from."""

    DISABLED = "disabled"
    STATIC = "static"
    LINK_LOCAL = "link-local"
    POOL = "pool"


class VfDriver(StrEnum):
    """Who drives the virtual functions of a port."""

    NETDEVICE = "netdevice"
    VFIO = "vfio"


class PtpRole(StrEnum):
    """The part of an interface in keeping time."""

    NONE = "none"
    MASTER = "master"
    SLAVE = "slave"


@dataclass(frozen=True, slots=True)
class AddressPool:
    """Addresses that may be given away."""

    id: int
    uuid: str
    name: str
    network: str
    prefix: int
    order: AllocationOrder
    ranges: tuple[tuple[str, str], ...]  # first and last, both included
    floating_address: str | None
    controller0_address: str | None
    controller1_address: str | None
    gateway_address: str | None
    created_at: datetime | None  # None: not stored yet
    updated_at: datetime | None
    revision: int


@dataclass(frozen=True, slots=True)
class Network:
    """A network of the platform itself."""

    id: int
    uuid: str
    name: str
    type: NetworkType
    dynamic: bool
    pool_uuid: str | None  # None: hosts bring their addresses along
    created_at: datetime | None
    updated_at: datetime | None
    revision: int


@dataclass(frozen=True, slots=True)
class DataNetwork:
    """A network that carries users' networks."""

    id: int
    uuid: str
    name: str
    network_type: DataNetworkType
    mtu: int
    description: str | None
    port_num: int | None  # UDP port of the tunnels; the last four are for vxlan only
    multicast_group: str | None
    ttl: int | None
    mode: VxlanMode | None
    created_at: datetime | None
    updated_at: datetime | None
    revision: int


@dataclass(frozen=True, slots=True)
class NetworkAssignment:
    """An interface is connected to a network of the platform."""

    id: int = field(compare=False)
    uuid: str
    host_id: int
    interface_uuid: str
    ifname: str
    network_id: int
    network_uuid: str
    network_name: str
    network_type: NetworkType


@dataclass(frozen=True, slots=True)
class DataNetworkAssignment:
    """An interface carries a data network."""

    id: int = field(compare=False)
    uuid: str
    host_id: int
    interface_uuid: str
    ifname: str
    datanetwork_id: int
    datanetwork_uuid: str
    datanetwork_name: str
    network_type: DataNetworkType
    mtu: int


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface of a host, with what it stands on and what it is connected to."""

    id: int
    uuid: str
    host_id: int
    host_uuid: str
    hostname: str | None
    revision: int  # of the host: all that belongs to it changes together
    ifname: str
    iftype: InterfaceType
    ifclass: InterfaceClass
    imtu: int
    imac: str | None = None
    port_name: str | None = None  # None unless it is ethernet
    vlan_id: int | None = None
    aemode: AeMode | None = None
    txhashpolicy: TxHashPolicy | None = None
    sriov_numvfs: int = 0
    sriov_vf_driver: VfDriver | None = None
    ptp_role: PtpRole = PtpRole.NONE
    ipv4_mode: Ipv4Mode | None = None
    ipv6_mode: Ipv6Mode | None = None
    ipv4_pool: str | None = None  # uuid
    ipv6_pool: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    uses: tuple[str, ...] = ()  # names of the interfaces below
    used_by: tuple[str, ...] = ()  # and above
    networks: tuple[NetworkAssignment, ...] = ()
    data_networks: tuple[DataNetworkAssignment, ...] = ()

    def is_on(self, kind: NetworkType) -> bool:
        """Whether it is connected to a network of that kind."""
        return any(each.network_type is kind for each in self.networks)


@dataclass(frozen=True, slots=True)
class Port:
    """A port as the host last reported it. Read only: whoever wants to choose something does it on the interface."""

    uuid: str
    host_uuid: str
    name: str
    mac: str
    mtu: int
    speed_mbps: int | None  # None: the driver does not say, or there is no link
    pci_address: str | None  # None: no PCI device, or not reported
    numa_node: int | None
    interface_uuid: str | None
    sriov_totalvfs: int | None = None
    driver: str | None = None
