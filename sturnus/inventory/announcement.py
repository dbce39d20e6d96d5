"""What an agent says of its host, and which host of the inventory that is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sturnus.inventory.host import Host
from sturnus.inventory.violations import Reason, Violation


@dataclass(frozen=True, slots=True)
class Announcement:
    """A host's own words, whose form the API has checked."""

    hostname: str  # as its operating system calls it; the inventory's name is the operator's choice
    mgmt_mac: str
    mgmt_ip: str
    hardware: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """A host of the inventory, as far as it matters here."""

    host: Host
    has_agent: bool


@dataclass(frozen=True, slots=True)
class Adopt:
    """The host was added beforehand."""

    host: Host


@dataclass(frozen=True, slots=True)
class NewHost:
    """Nobody knows this host."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The host that this seems to be belongs to somebody else."""

    violation: Violation


def place_of(announced: Announcement, hosts: Iterable[Known]) -> Adopt | NewHost | Refuse:
    """Find the host that an unknown agent speaks for.

    By its MAC; or by its name, if the operator gave no MAC. A host that has an agent gets no second one: whoever knows
    the enrolment secret could take its place otherwise.
    """
    known = tuple(hosts)
    found = next((each for each in known if each.host.mgmt_mac == announced.mgmt_mac), None)
    if found is None:
        found = next((each for each in known if _named_beforehand(each, announced.hostname)), None)
    if found is not None and found.has_agent:
        return Refuse(_has_an_agent(found.host))
    others = (each.host for each in known if each is not found)
    holder = next((host for host in others if host.mgmt_ip == announced.mgmt_ip), None)
    if holder is not None:
        return Refuse(address_taken(announced.mgmt_ip, holder.name))
    return NewHost() if found is None else Adopt(found.host)


def address_taken(address: str, holder: str) -> Violation:
    """Two hosts cannot have one address."""
    return Violation(
        Reason.NAME_TAKEN,
        f"Address {address} belongs to host {holder} already.",
        "an address that no host has",
        f"system host-show {holder}: correct or delete it, the agent tries again by itself",
    )


def _named_beforehand(known: Known, hostname: str) -> bool:
    return known.host.hostname == hostname and known.host.mgmt_mac is None and not known.has_agent


def _has_an_agent(host: Host) -> Violation:
    return Violation(
        Reason.NAME_TAKEN,
        f"Host {host.name} has an agent with another key.",
        "a host without an agent",
        f"if the host was installed anew: system host-lock {host.name}; system host-delete {host.name}",
    )
