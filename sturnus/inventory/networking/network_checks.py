"""Which networks of the platform there may be, and which may go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sturnus.inventory import forms
from sturnus.inventory.forms import Form
from sturnus.inventory.networking import named
from sturnus.inventory.networking.model import Network, NetworkType
from sturnus.inventory.violations import Check, Reason, Violation

_CHANGEABLE: Final = {"name": forms.name, "dynamic": forms.boolean, "pool_uuid": forms.text(255)}
NEW_FORM: Final = Form(
    "a network",
    {"type": forms.member(NetworkType), **_CHANGEABLE},
    "system help network-add",
    ("name", "type"),
)
CHANGE_FORM: Final = Form("a network", _CHANGEABLE, "system help network-modify")


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """All that decides whether a network may be as it is wanted."""

    wanted: Network
    others: tuple[Network, ...]
    asked_pool: str | None  # as the request names it; None: no pool is asked for
    pool_is_there: bool


@dataclass(frozen=True, slots=True)
class NetworkRemovalFacts:
    """All that decides whether a network may go."""

    network: Network
    interfaces: list[tuple[str, str]]  # (host, interface)


def name_is_new(facts: NetworkFacts) -> Violation | None:
    """Names tell networks apart."""
    taken = any(each.name == facts.wanted.name for each in facts.others)
    return named.name_taken(named.NETWORKS, facts.wanted.name, taken)


def there_is_one_of_a_type(facts: NetworkFacts) -> Violation | None:
    """Whoever looks for the management network must not find two."""
    kind = facts.wanted.type
    other = next((each for each in facts.others if each.type is kind), None)
    if other is None or kind is NetworkType.OTHER:
        return None
    return Violation(
        Reason.NO_ROOM,
        f"There is a network of type {kind.value} already: {other.name}.",
        f"one network of type {kind.value}",
        f"system network-show {other.name}",
    )


def pool_exists(facts: NetworkFacts) -> Violation | None:
    """A network takes its addresses from somewhere, or hosts bring their own."""
    if facts.asked_pool is None or facts.pool_is_there:
        return None
    return Violation(
        Reason.NOT_THERE,
        f"address pool not found: {facts.asked_pool[:80]}",
        "the uuid or name of an address pool, or none",
        "system addrpool-list",
    )


def management_stays(facts: NetworkRemovalFacts) -> Violation | None:
    """Without it no host could be reached."""
    if facts.network.type is not NetworkType.MGMT:
        return None
    return Violation(
        Reason.IN_USE,
        f"Network {facts.network.name} is the management network: hosts are reached through it.",
        "a network of another type",
        "system network-list",
    )


def nobody_is_connected(facts: NetworkRemovalFacts) -> Violation | None:
    """Interfaces are disconnected first."""
    return named.in_use(
        named.NETWORKS, facts.network.name, facts.interfaces, "system interface-network-list {host}, then -remove"
    )


NETWORK_CHECKS: Final[tuple[Check[NetworkFacts], ...]] = (name_is_new, there_is_one_of_a_type, pool_exists)
"""Asked before a network is made or changed."""

NETWORK_REMOVAL_CHECKS: Final[tuple[Check[NetworkRemovalFacts], ...]] = (management_stays, nobody_is_connected)
