"""What the first configuration comes to, once the file was found to be right (reference/inventory.md §8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from sturnus.core.states import SystemMode, SystemType

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class LogicalInterface:
    """Ports of a controller that are used as one."""

    name: str  # LOGICAL_INTERFACE_1
    ports: tuple[str, ...]
    mtu: int
    lag_mode: int | None  # None: one port


@dataclass(frozen=True, slots=True)
class PlatformNetwork:
    """A network of the platform."""

    section: str  # MGMT_NETWORK
    cidr: Network
    interface: str | None  # LOGICAL_INTERFACE_1; None: it has none of its own
    vlan: int | None
    gateway: Address | None
    first: Address | None  # addresses that may be given away
    last: Address | None
    floating: Address | None
    units: tuple[Address, ...]  # of controller-0 and controller-1


@dataclass(frozen=True, slots=True)
class FirstConfiguration:
    """All of it."""

    system_type: SystemType
    system_mode: SystemMode
    timezone: str
    interfaces: Mapping[str, LogicalInterface]
    networks: Mapping[str, PlatformNetwork]  # by section
    nameservers: tuple[Address, ...]
    proxies: Mapping[str, str]  # DOCKER_HTTP_PROXY, ...
    registries: Mapping[str, str]  # DOCKER_K8S_REGISTRY, ...
    admin_password: str | None = field(repr=False)  # None: one is made
    unused: tuple[str, ...]  # what the file says and nobody uses: "[DNS]: why"
