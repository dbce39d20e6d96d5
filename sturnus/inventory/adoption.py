"""What becomes of a node of an existing cluster that the inventory takes over. Pure.

    no host of that name           -> Add
    announced itself, has no name  -> Name: its agent was there first
    its host has no agent          -> Refresh: what is known of it is what the cluster says
    its host has an agent          -> Known: the agent knows better

A node in service is taken over in service: adopting a running cluster must not look like (or become) locking it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sturnus.core.errors import Invalid
from sturnus.core.states import ANSWERING, Administrative, Personality
from sturnus.inventory import fields
from sturnus.inventory.announcement import Known as KnownHost
from sturnus.inventory.host import Host
from sturnus.inventory.label_syntax import value_fault
from sturnus.inventory.labels import ALIASES, ALLOWED_VALUES, GUARDED
from sturnus.inventory.lifecycle import Presence

TAKEN_OVER: Final = GUARDED | ALLOWED_VALUES.keys()
"""Labels with meaning to the platform; all others stay whose they are."""


@dataclass(frozen=True, slots=True)
class FoundNode:
    """A node, as the cluster describes it."""

    name: str
    personality: Personality
    subfunctions: str  # "controller,worker": a control plane that runs users' pods too
    address: str | None
    presence: Presence  # online: the node is Ready
    administrative: Administrative  # locked: it is cordoned
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Add:
    """A new host."""

    reason: str


@dataclass(frozen=True, slots=True)
class Name:
    """A host that announced itself gets its name and what goes with it."""

    host: Host
    reason: str


@dataclass(frozen=True, slots=True)
class Refresh:
    """The host's presence follows the node."""

    host: Host
    reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """Nothing to do."""

    host: Host
    reason: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """It cannot be taken over."""

    reason: str


Step = Add | Name | Refresh | Known | Refuse


class KnownHosts:
    """The inventory's hosts, found by name and by address."""

    def __init__(self, hosts: Iterable[KnownHost]) -> None:
        known = tuple(hosts)
        self.named = {each.host.hostname: each for each in known if each.host.hostname}
        self.at = {each.host.mgmt_ip: each.host for each in known if each.host.mgmt_ip}


def step_for(node: FoundNode, known: KnownHosts) -> Step:
    """Decide about one node."""
    named = known.named.get(node.name)
    if named is not None:
        return _known(node, named)
    if refused := _refusal(node):
        return Refuse(refused)
    holder = known.at.get(node.address) if node.address else None
    if holder is None:
        return Add("no host has its name or address")
    if holder.hostname is None:
        return Name(holder, f"host {holder.id} announced itself with its address, and has no name")
    return Refuse(f"Address {node.address} belongs to host {holder.name} already.")


def _known(node: FoundNode, named: KnownHost) -> Step:
    if named.has_agent:
        return Known(named.host, "its host is in the inventory, and has an agent")
    if (named.host.availability in ANSWERING) is (node.presence is Presence.ONLINE):
        return Known(named.host, "its host is in the inventory")
    return Refresh(named.host, "its host has no agent: whether it answers is what the node says")


def labels_taken_over(node: FoundNode) -> dict[str, str]:
    """Labels of the node that become the host's. What the platform would not understand stays the node's own."""
    return {key: value for key, value in node.labels.items() if key in TAKEN_OVER and _understood(key, value)}


def _understood(key: str, value: str) -> bool:
    allowed = ALLOWED_VALUES.get(key)
    return value.lower() in allowed if allowed else value_fault(value) is None


def settings_of(node: FoundNode) -> dict[str, fields.Value]:
    """Fields of the host. Invalid if the inventory cannot hold them: a node's name may have dots, a host's may not."""
    raw: dict[str, object] = {
        "hostname": node.name,
        "personality": node.personality,
        "subfunctions": node.subfunctions,
    }
    return fields.parse(raw | ({"mgmt_ip": node.address} if node.address else {}))


def _refusal(node: FoundNode) -> str | None:
    try:
        settings_of(node)
    except Invalid as error:
        return error.message
    taken = labels_taken_over(node)
    for names in ALIASES:
        values = {name: taken[name] for name in sorted(names) if name in taken}
        if len(set(values.values())) > 1:
            pairs = " and ".join(f"{name}={value}" for name, value in values.items())
            return f"{pairs} disagree: they are two names of one role."
    return None
