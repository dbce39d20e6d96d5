"""Which data networks there may be, and which may go."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sturnus.core.states import Administrative
from sturnus.inventory import forms
from sturnus.inventory.forms import Form
from sturnus.inventory.networking import named
from sturnus.inventory.networking.model import DataNetwork, DataNetworkType, VxlanMode
from sturnus.inventory.violations import Check, Reason, Violation

SMALLEST_MTU: Final = 576
LARGEST_MTU: Final = 9216
DEFAULT_MTU: Final = 1500
VXLAN_PORT: Final = 4789
"""RFC 7348."""
DEFAULT_TTL: Final = 1

VXLAN_FIELDS: Final = ("port_num", "multicast_group", "ttl", "mode")


def multicast(given: object) -> str:
    """Read a multicast address."""
    try:
        found = ipaddress.ip_address(forms.address(given))
    except ValueError:
        raise ValueError("a multicast address") from None
    if not found.is_multicast:
        raise ValueError("a multicast address")
    return str(found)


_CHANGEABLE: Final = {
    "mtu": forms.number(SMALLEST_MTU, LARGEST_MTU),
    "description": forms.text(255),
    "port_num": forms.number(1, 65535),
    "multicast_group": multicast,
    "ttl": forms.number(1, 255),
    "mode": forms.member(VxlanMode),
}
NEW_FORM: Final = Form(
    "a data network",
    {"name": forms.name, "network_type": forms.member(DataNetworkType), **_CHANGEABLE},
    "system help datanetwork-add",
    ("name", "network_type"),
)
CHANGE_FORM: Final = Form("a data network", {"name": forms.name, **_CHANGEABLE}, "system help datanetwork-modify")


@dataclass(frozen=True, slots=True)
class Carrier:
    """An interface that carries the data network."""

    host: str
    administrative: Administrative
    ifname: str
    imtu: int


@dataclass(frozen=True, slots=True)
class DataNetworkFacts:
    """All that decides whether a data network may be as it is wanted."""

    wanted: DataNetwork
    stored: DataNetwork | None  # None: it is new
    asked: Mapping[str, Any]  # what the request names, by field
    name_is_taken: bool
    carriers: tuple[Carrier, ...] = ()


@dataclass(frozen=True, slots=True)
class DataNetworkRemovalFacts:
    """All that decides whether a data network may go."""

    data_network: DataNetwork
    interfaces: list[tuple[str, str]]  # (host, interface)


def name_is_new(facts: DataNetworkFacts) -> Violation | None:
    """Neutron knows physical networks by their names."""
    return named.name_taken(named.DATA_NETWORKS, facts.wanted.name, facts.name_is_taken)


def name_of_what_is_carried_stays(facts: DataNetworkFacts) -> Violation | None:
    """Users' networks on it would lose it."""
    if facts.stored is None or facts.stored.name == facts.wanted.name or not facts.carriers:
        return None
    return Violation(
        Reason.FIELD_FIXED,
        f"datanetwork {facts.stored.name} cannot be renamed: {_shown(facts.carriers)} carries it.",
        "a data network that no interface carries",
        f"system interface-datanetwork-list {facts.carriers[0].host}",
    )


def options_fit_the_type(facts: DataNetworkFacts) -> Violation | None:
    """Tunnels have options that the others have not. Public clients send `mode=dynamic` for all of them."""
    kind = facts.wanted.network_type
    if kind is DataNetworkType.VXLAN:
        return None
    asked = [name for name in VXLAN_FIELDS if facts.asked.get(name) not in (None, VxlanMode.DYNAMIC)]
    if not asked:
        return None
    return Violation(
        Reason.DISAGREES,
        f"{', '.join(asked)} means nothing for a {kind.value} data network.",
        "these for vxlan only",
        "leave it out",
    )


def tunnels_find_each_other(facts: DataNetworkFacts) -> Violation | None:
    """By multicast in dynamic mode; in static mode nobody listens to a group."""
    wanted = facts.wanted
    if wanted.network_type is not DataNetworkType.VXLAN:
        return None
    if wanted.mode is VxlanMode.DYNAMIC and wanted.multicast_group is None:
        return Violation(
            Reason.FIELD_MISSING,
            f"datanetwork {wanted.name} needs a multicast_group in dynamic mode.",
            "a multicast address, or mode static",
            "add -g 239.0.0.1, or -M static",
        )
    if wanted.mode is VxlanMode.STATIC and wanted.multicast_group is not None:
        return Violation(
            Reason.DISAGREES,
            f"datanetwork {wanted.name} has a multicast_group, which static mode does not use.",
            "no multicast_group, or mode dynamic",
            "leave -g out, or add -M dynamic",
        )
    return None


def carriers_are_wide_enough(facts: DataNetworkFacts) -> Violation | None:
    """A packet of the data network has to fit through every interface that carries it."""
    narrow = [each for each in facts.carriers if each.imtu < facts.wanted.mtu]
    if not narrow:
        return None
    shown = ", ".join(f"{each.ifname} of {each.host} ({each.imtu})" for each in narrow)
    return Violation(
        Reason.DISAGREES,
        f"mtu {facts.wanted.mtu} is more than that of {shown}.",
        "at most the mtu of the interfaces that carry it",
        f"system host-if-modify -m {facts.wanted.mtu} {narrow[0].host} {narrow[0].ifname}",
    )


def carriers_are_locked(facts: DataNetworkFacts) -> Violation | None:
    """What servers run on does not change under them; a description is only a word."""
    stored = facts.stored
    if stored is None or all(getattr(stored, name) == getattr(facts.wanted, name) for name in ("mtu", *VXLAN_FIELDS)):
        return None
    unlocked = [each for each in facts.carriers if each.administrative is not Administrative.LOCKED]
    if not unlocked:
        return None
    hosts = sorted({each.host for each in unlocked})
    return Violation(
        Reason.HOST_NOT_LOCKED,
        f"Host {', '.join(hosts)} must be locked.",
        f"locked hosts, since they carry datanetwork {stored.name}",
        f"system host-lock {hosts[0]}",
    )


def nobody_carries_it(facts: DataNetworkRemovalFacts) -> Violation | None:
    """Interfaces let go of it first."""
    return named.in_use(
        named.DATA_NETWORKS,
        facts.data_network.name,
        facts.interfaces,
        "system interface-datanetwork-list {host}, then -remove",
    )


DATA_NETWORK_CHECKS: Final[tuple[Check[DataNetworkFacts], ...]] = (
    name_is_new,
    name_of_what_is_carried_stays,
    options_fit_the_type,
    tunnels_find_each_other,
    carriers_are_wide_enough,
    carriers_are_locked,  # nothing that runs changes under the operator's feet
)
"""Asked before a data network is made or changed."""

DATA_NETWORK_REMOVAL_CHECKS: Final[tuple[Check[DataNetworkRemovalFacts], ...]] = (nobody_carries_it,)


def _shown(carriers: tuple[Carrier, ...]) -> str:
    return ", ".join(f"{each.ifname} of {each.host}" for each in carriers)
