"""Network ports, and which of them the host is managed by."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sturnus.agent.tree import entries, number, text

ETHERNET: Final = 1
RANDOM_ADDRESS: Final = 1
"""/sys/class/net/*/addr_assign_type of what programs make for their own use: pods' cables, for instance."""


@dataclass(frozen=True, slots=True)
class ManagementPort:
    """The port of the default route."""

    name: str
    mac: str
    address: str


@dataclass(frozen=True, slots=True)
class _Route:
    port: str
    network: ipaddress.IPv4Network
    is_direct: bool
    metric: int


def ports(root: Path) -> list[dict[str, Any]]:
    """Ports with a cable: real ones, and those of virtual hosts, whose address somebody gave them."""
    return [
        {
            "name": path.name,
            "mac": (text(path / "address") or "").lower(),
            "mtu": number(path / "mtu") or 0,
            "speed_mbps": number(path / "speed"),
            **_pci_device(path / "device"),
        }
        for path in entries(root / "sys/class/net")
        if _is_port(path)
    ]


def management_port(root: Path) -> ManagementPort | None:
    """The port of the default route with its address on the network there; None: there is no such route yet."""
    routes = list(_routes(root))
    defaults = [route for route in routes if route.network.prefixlen == 0]
    if not defaults:
        return None
    name = min(defaults, key=lambda route: route.metric).port
    networks = [route.network for route in routes if route.port == name and route.is_direct]
    address = next((each for each in _own_addresses(root) if any(each in network for network in networks)), None)
    mac = text(root / "sys/class/net" / name / "address")
    return None if address is None or mac is None else ManagementPort(name, mac.lower(), str(address))


def _pci_device(device: Path) -> dict[str, Any]:
    """What servers that get the port, or a part of it, are told; nothing of a port that is no PCI device."""
    said = dict(line.partition("=")[::2] for line in (text(device / "uevent") or "").splitlines())
    if "PCI_SLOT_NAME" not in said:
        return {}
    return {
        "pci_address": said["PCI_SLOT_NAME"],
        "driver": said.get("DRIVER"),
        "node": number(device / "numa_node"),
        "sriov_totalvfs": number(device / "sriov_totalvfs"),
    }


def _is_port(path: Path) -> bool:
    if number(path / "type") != ETHERNET or "DEVTYPE=" in (text(path / "uevent") or ""):
        return False  # loopback, tunnels, bridges, VLANs
    return (path / "device").exists() or number(path / "addr_assign_type") != RANDOM_ADDRESS


def _routes(root: Path) -> Iterator[_Route]:
    for line in (text(root / "proc/net/route") or "").splitlines()[1:]:
        fields = line.split()
        if len(fields) < 8 or fields[0] == "*":  # "*": a route that leads nowhere
            continue
        address, gateway, mask = (_address(fields[column]) for column in (1, 2, 7))
        network = ipaddress.IPv4Network((int(address), int(mask).bit_count()), strict=False)
        yield _Route(fields[0], network, int(gateway) == 0, int(fields[6]))


def _address(little_endian: str) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(bytes.fromhex(little_endian)[::-1])


def _own_addresses(root: Path) -> Iterator[ipaddress.IPv4Address]:
    """The kernel lists a host's own addresses only in its routing trie: an address, then `/32 host LOCAL` below it."""
    found = re.findall(r"\|-- (\S+)\n\s+/32 host LOCAL", text(root / "proc/net/fib_trie") or "")
    yield from map(ipaddress.IPv4Address, dict.fromkeys(found))
