"""Which address pools there may be, and which may go."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sturnus.inventory import forms
from sturnus.inventory.forms import Form
from sturnus.inventory.networking import named
from sturnus.inventory.networking.model import AddressPool, AllocationOrder
from sturnus.inventory.violations import Check, Reason, Violation

Net = ipaddress.IPv4Network | ipaddress.IPv6Network
ADDRESS_FIELDS: Final = ("floating_address", "controller0_address", "controller1_address", "gateway_address")


def ranges(given: object) -> tuple[tuple[str, str], ...]:
    """Read ranges of addresses: `[[first, last], ...]`, or `first-last,first-last`."""
    expected = "FIRST-LAST, several separated by commas"
    pairs = [part.split("-") for part in given.split(",")] if isinstance(given, str) else given
    if not isinstance(pairs, list) or not 0 < len(pairs) <= 64:
        raise ValueError(expected)
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise ValueError(expected)
    return tuple((forms.address(first), forms.address(last)) for first, last in pairs)


_CHANGEABLE: Final = {
    "name": forms.name,
    "order": forms.member(AllocationOrder),
    "ranges": ranges,
    **dict.fromkeys(ADDRESS_FIELDS, forms.address),
}
NEW_FORM: Final = Form(
    "an address pool",
    {"network": forms.address, "prefix": forms.number(1, 128), **_CHANGEABLE},
    "system help addrpool-add",
    ("name", "network", "prefix"),
)
CHANGE_FORM: Final = Form("an address pool", _CHANGEABLE, "system help addrpool-modify")


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """All that decides whether a pool may be as it is wanted."""

    wanted: AddressPool
    others: tuple[AddressPool, ...]


@dataclass(frozen=True, slots=True)
class PoolRemovalFacts:
    """All that decides whether a pool may go."""

    pool: AddressPool
    networks: tuple[str, ...]  # names of those that it serves
    interfaces: list[tuple[str, str]]  # (host, interface)


def network_of(pool: AddressPool) -> Net | None:
    """The network that a pool is in; None if network and prefix do not go together."""
    try:
        return ipaddress.ip_network(f"{pool.network}/{pool.prefix}")
    except ValueError:
        return None


def whole(network: Net) -> tuple[tuple[str, str], ...]:
    """The range that a pool has if none is given: all addresses that hosts may have."""
    if network.num_addresses <= 2:
        return ((str(network[0]), str(network[-1])),)
    last = network[-2] if network.version == 4 else network[-1]
    return ((str(network[1]), str(last)),)


def name_is_new(facts: PoolFacts) -> Violation | None:
    """Names tell pools apart."""
    taken = any(each.name == facts.wanted.name for each in facts.others)
    return named.name_taken(named.POOLS, facts.wanted.name, taken)


def network_fits_its_prefix(facts: PoolFacts) -> Violation | None:
    """A network's address ends in zeros where its prefix ends."""
    pool = facts.wanted
    if network_of(pool) is not None:
        return None
    return Violation(
        Reason.DISAGREES,
        f"{pool.network}/{pool.prefix} is no network.",
        "the first address of a network, and the length of its prefix: 192.168.204.0 24",
        "correct it and repeat the command",
    )


def ranges_are_inside(facts: PoolFacts) -> Violation | None:
    """Each range lies in the network, its first address before its last, and touches no other."""
    network = network_of(facts.wanted)
    faults = [] if network is None else list(_range_faults(facts.wanted, network))
    if not faults:
        return None
    return Violation(
        Reason.DISAGREES,
        " ".join(faults),
        f"ranges FIRST-LAST inside {network}, none touching another",
        "correct them and repeat the command",
    )


def addresses_are_inside(facts: PoolFacts) -> Violation | None:
    """Addresses of the platform itself lie in the network, and each belongs to one only."""
    pool, network = facts.wanted, network_of(facts.wanted)
    if network is None:
        return None
    set_ = {field: value for field in ADDRESS_FIELDS if (value := getattr(pool, field)) is not None}
    faults = [
        f"{field} {value} is not in {network}." for field, value in set_.items() if not _inside(value, value, network)
    ]
    faults += [f"{value} is given twice." for value in sorted(set(set_.values())) if [*set_.values()].count(value) > 1]
    if not faults:
        return None
    return Violation(
        Reason.DISAGREES, " ".join(faults), f"different addresses inside {network}", "correct them and repeat"
    )


def network_is_nobody_elses(facts: PoolFacts) -> Violation | None:
    """Two pools over one network would give an address away twice."""
    network = network_of(facts.wanted)
    over = [
        f"{other.name} ({theirs})"
        for other in facts.others
        if network is not None
        and (theirs := network_of(other)) is not None
        and theirs.version == network.version
        and theirs.overlaps(network)
    ]
    if not over:
        return None
    return Violation(
        Reason.DISAGREES,
        f"{network} overlaps with address pool {', '.join(over)}.",
        "a network that no other pool has",
        "system addrpool-list",
    )


def no_network_needs_it(facts: PoolRemovalFacts) -> Violation | None:
    """A network whose pool is gone has no addresses left."""
    if not facts.networks:
        return None
    return Violation(
        Reason.IN_USE,
        f"Address pool {facts.pool.name} serves network {', '.join(facts.networks)}.",
        "a pool that serves no network",
        f"system network-delete {facts.networks[0]}",
    )


def no_interface_needs_it(facts: PoolRemovalFacts) -> Violation | None:
    """Interfaces take their addresses from it."""
    return named.in_use(named.POOLS, facts.pool.name, facts.interfaces, "system host-if-list -a {host}")


POOL_CHECKS: Final[tuple[Check[PoolFacts], ...]] = (
    name_is_new,
    network_fits_its_prefix,
    ranges_are_inside,
    addresses_are_inside,
    network_is_nobody_elses,  # no address is given away twice
)
"""Asked before a pool is made or changed."""

POOL_REMOVAL_CHECKS: Final[tuple[Check[PoolRemovalFacts], ...]] = (no_network_needs_it, no_interface_needs_it)


def _range_faults(pool: AddressPool, network: Net) -> Iterator[str]:
    taken: list[tuple[int, int]] = []
    for first, last in pool.ranges:
        if not _inside(first, last, network):
            yield f"Range {first}-{last} is not in {network}."
            continue
        start, end = int(ipaddress.ip_address(first)), int(ipaddress.ip_address(last))
        if start > end:
            yield f"Range {first}-{last} ends before it begins."
        elif any(start <= other_end and other_start <= end for other_start, other_end in taken):
            yield f"Range {first}-{last} touches another one."
        taken.append((start, end))


def _inside(first: str, last: str, network: Net) -> bool:
    return all(ipaddress.ip_address(each) in network for each in (first, last))
