"""Which sections and keys the file of the first configuration may have, and what stands in each.

Source: reference/inventory.md §8 (StarlingX 2019's `config_validator`).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sturnus.core.states import SystemMode, SystemType

Rule = Callable[[str], str | None]
"""What had to stand there; None: it is right."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section."""

    keys: Mapping[str, Rule]
    required: frozenset[str] = frozenset()


def _one_of(*words: str) -> Rule:
    return lambda value: None if value in words else f"one of {', '.join(words)}"


def _number(least: int, most: int) -> Rule:
    expected = f"a number from {least} to {most}"
    return lambda value: None if value.isdecimal() and least <= int(value) <= most else expected


def _network(value: str) -> str | None:
    try:
        found = ipaddress.ip_network(value)
    except ValueError:
        return "a network, such as 192.168.204.0/24, without host bits"
    return None if found.num_addresses >= 8 else "a network with room for at least 8 addresses"


def _address(value: str) -> str | None:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return "an address, such as 192.168.204.2"
    return None


def _like(pattern: str, expected: str) -> Rule:
    return lambda value: None if re.fullmatch(pattern, value) else expected


_yes_or_no: Final = _one_of("Y", "N")
_ports: Final = _like(r"[A-Za-z0-9._-]{1,15}(\s*,\s*[A-Za-z0-9._-]{1,15})*", "names of ports, separated by commas")
_registry: Final = _like(r"[A-Za-z0-9._-]+(:\d{1,5})?(/[A-Za-z0-9._/-]+)?", "HOST, HOST:PORT or HOST/PATH")
_proxy: Final = _like(r"https?://\S+", "http://HOST:PORT or https://HOST:PORT")
_interface: Final = _like(r"LOGICAL_INTERFACE_\d+", "a section LOGICAL_INTERFACE_1, _2, ...")

_NETWORK_KEYS: Final[Mapping[str, Rule]] = {
    "CIDR": _network,
    "GATEWAY": _address,
    "LOGICAL_INTERFACE": _interface,
    "VLAN": _number(1, 4094),
    "IP_START_ADDRESS": _address,
    "IP_END_ADDRESS": _address,
    "IP_FLOATING_ADDRESS": _address,
    "IP_UNIT_0_ADDRESS": _address,
    "IP_UNIT_1_ADDRESS": _address,
    "MULTICAST_CIDR": _network,
    "DYNAMIC_ALLOCATION": _yes_or_no,
}
INTERFACE: Final = Section(
    {
        "LAG_INTERFACE": _yes_or_no,
        "LAG_MODE": _one_of("1", "2", "4"),
        "INTERFACE_MTU": _number(576, 9216),
        "INTERFACE_PORTS": _ports,
    },
    frozenset({"INTERFACE_PORTS"}),
)
"""Of every LOGICAL_INTERFACE_n."""
NETWORKS: Final = ("MGMT_NETWORK", "CLUSTER_NETWORK", "OAM_NETWORK", "PXEBOOT_NETWORK")
SECTIONS: Final[Mapping[str, Section]] = {
    "SYSTEM": Section(
        {
            "SYSTEM_TYPE": _one_of(*SystemType),
            "SYSTEM_MODE": _one_of(*SystemMode),
            "TIMEZONE": _like(r"[A-Za-z0-9_+/-]{1,64}", "a time zone, such as UTC or Europe/Bern"),
        }
    ),
    "MGMT_NETWORK": Section(_NETWORK_KEYS, frozenset({"CIDR", "LOGICAL_INTERFACE"})),
    "CLUSTER_NETWORK": Section(_NETWORK_KEYS, frozenset({"CIDR"})),
    "OAM_NETWORK": Section(_NETWORK_KEYS, frozenset({"CIDR", "LOGICAL_INTERFACE"})),
    "PXEBOOT_NETWORK": Section({"PXEBOOT_CIDR": _network, "CIDR": _network}),
    "DNS": Section({f"NAMESERVER_{number}": _address for number in (1, 2, 3)}),
    "DOCKER_PROXY": Section(
        {
            "DOCKER_HTTP_PROXY": _proxy,
            "DOCKER_HTTPS_PROXY": _proxy,
            "DOCKER_NO_PROXY": _like(r"\S+", "hosts and networks, separated by commas"),
        }
    ),
    "DOCKER_REGISTRY": Section(
        {
            **{f"DOCKER_{name}_REGISTRY": _registry for name in ("K8S", "GCR", "QUAY", "DOCKER")},
            "IS_SECURE_REGISTRY": _one_of("True", "False"),
        }
    ),
    "AUTHENTICATION": Section({"ADMIN_PASSWORD": _like(r"\S{7,}", "at least 7 characters without spaces")}),
    "VERSION": Section({"RELEASE": _like(r"\S+", "this release")}, frozenset({"RELEASE"})),
}
REQUIRED: Final = ("SYSTEM", "MGMT_NETWORK", "OAM_NETWORK", "VERSION")
REFUSED: Final[Mapping[str, str]] = {
    "BOARD_MANAGEMENT_NETWORK": "board controllers are reached over the management network",
    "NTP": "time servers are set afterwards",
    "SDN": "it is not supported any more",
    "LICENSING": "there are no licences",
    "SECURITY": "certificates are set afterwards",
    "SHARED_SERVICES": "regions are not supported: OpenStack is an application with a Keystone of its own",
    "REGION_2_SERVICES": "regions are not supported: OpenStack is an application with a Keystone of its own",
}
"""Sections of StarlingX's files that say something that is not done here, and why not."""
UNUSED: Final[Mapping[str, str]] = {
    "LOGICAL_INTERFACE": "hosts report their ports themselves",  # each LOGICAL_INTERFACE_n
    "DNS": "hosts keep the name servers that they have",
}
"""Sections that are accepted, and what is so instead of what they say."""
UNUSED_KEYS: Final = frozenset({"VLAN", "MULTICAST_CIDR", "DYNAMIC_ALLOCATION", "PXEBOOT_CIDR"})
"""The same of keys of networks: interfaces are configured afterwards, by commands."""
SECRET: Final = frozenset({"ADMIN_PASSWORD"})
"""Values that no message repeats."""
