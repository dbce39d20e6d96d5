"""Which interface may be connected to which network (reference/inventory.md §6, interface_networks)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sturnus.inventory.host import Host
from sturnus.inventory.networking.interface_checks import needs_lock
from sturnus.inventory.networking.model import (
    ADDRESSES_ONLY,
    FOR_SERVERS,
    OF_CONTROLLERS,
    PCI,
    AeMode,
    DataNetwork,
    DataNetworkType,
    Interface,
    InterfaceClass,
    InterfaceType,
    Network,
    NetworkType,
)
from sturnus.inventory.violations import Check, Reason, Violation

_FOR_THE_PLATFORM: Final = frozenset({InterfaceClass.NONE, InterfaceClass.PLATFORM, InterfaceClass.PCI_SRIOV})
"""Classes that take a network of the platform; `none` becomes `platform` by it."""


@dataclass(frozen=True, slots=True)
class AssignmentFacts:
    """All that decides whether an interface may be connected to a network of the platform."""

    host: Host
    interface: Interface
    network: Network
    others: tuple[Interface, ...]  # the other interfaces of the host


@dataclass(frozen=True, slots=True)
class DataAssignmentFacts:
    """All that decides whether an interface may carry a data network."""

    host: Host
    interface: Interface
    data_network: DataNetwork
    others: tuple[Interface, ...]


@dataclass(frozen=True, slots=True)
class DisconnectionFacts:
    """All that decides whether an interface may be disconnected."""

    host: Host


Facts = AssignmentFacts | DataAssignmentFacts


def host_to_connect_is_locked(facts: Facts | DisconnectionFacts) -> Violation | None:
    """A host in service keeps its network."""
    return needs_lock(facts.host)


def interface_is_no_member(facts: Facts) -> Violation | None:
    """A bond is connected as a whole."""
    name = facts.interface.ifname
    bonds = [each.ifname for each in facts.others if name in each.uses and each.iftype is InterfaceType.AE]
    if not bonds:
        return None
    return Violation(
        Reason.IN_USE,
        f"Interface {name} of host {facts.host.name} is a member of {bonds[0]}.",
        "the bond itself",
        f"name {bonds[0]} instead",
    )


def class_is_for_the_platform(facts: AssignmentFacts) -> Violation | None:
    """The platform's traffic does not mix with that of servers."""
    interface = facts.interface
    if interface.ifclass in _FOR_THE_PLATFORM:
        return None
    return Violation(
        Reason.DISAGREES,
        f"Interface {interface.ifname} has class {interface.ifclass.value}, and a platform network needs platform.",
        "an interface of class platform or none",
        f"system host-if-modify -c platform {facts.host.name} {interface.ifname}",
    )


def network_takes_interfaces(facts: AssignmentFacts) -> Violation | None:
    """Some networks are ranges of addresses only."""
    if facts.network.type not in ADDRESSES_ONLY:
        return None
    return Violation(
        Reason.NOT_SUPPORTED,
        f"No interface is connected to a network of type {facts.network.type.value}.",
        "a network of another type",
        "system network-list",
    )


def network_is_for_this_host(facts: AssignmentFacts) -> Violation | None:
    """Operators reach the platform on its controllers."""
    if facts.network.type not in OF_CONTROLLERS or facts.host.is_controller:
        return None
    return Violation(
        Reason.WRONG_PERSONALITY,
        f"Network type {facts.network.type.value} is for controllers, and {facts.host.name} is none.",
        "a controller",
        "system host-list",
    )


def interface_is_not_connected_yet(facts: AssignmentFacts) -> Violation | None:
    """Twice would mean the same as once."""
    if all(each.network_uuid != facts.network.uuid for each in facts.interface.networks):
        return None
    return Violation(
        Reason.ALREADY_SO,
        f"Interface {facts.interface.ifname} of host {facts.host.name} is connected to {facts.network.name} already.",
        "a network that it is not connected to",
        f"system interface-network-list {facts.host.name}",
    )


def host_has_it_once(facts: AssignmentFacts) -> Violation | None:
    """A host has one management interface, and one of every other kind."""
    kind = facts.network.type
    holder = next((each for each in facts.others if each.is_on(kind)), None)
    if holder is None or kind is NetworkType.OTHER:
        return None
    return Violation(
        Reason.ALREADY_SO,
        f"Host {facts.host.name} has a network of type {kind.value} on interface {holder.ifname} already.",
        f"one interface with a network of type {kind.value}",
        f"system interface-network-list {facts.host.name}, then interface-network-remove",
    )


def bond_keeps_the_host_reachable(facts: AssignmentFacts) -> Violation | None:
    """A host is installed before its bond is there: one member has to work alone."""
    if facts.network.type is not NetworkType.MGMT or facts.interface.aemode is not AeMode.BALANCED:
        return None
    return Violation(
        Reason.DISAGREES,
        f"Bond {facts.interface.ifname} has aemode balanced, and the management network needs another.",
        f"aemode {AeMode.ACTIVE_STANDBY.value} or {AeMode.LACP.value}",
        f"system host-if-modify -a active_standby {facts.host.name} {facts.interface.ifname}",
    )


def class_is_for_servers(facts: DataAssignmentFacts) -> Violation | None:
    """Users' networks travel on interfaces that are there for them."""
    interface = facts.interface
    if interface.ifclass in FOR_SERVERS:
        return None
    return Violation(
        Reason.DISAGREES,
        f"Interface {interface.ifname} has class {interface.ifclass.value}, and a data network needs "
        + ", ".join(sorted(FOR_SERVERS)) + ".",
        "an interface of class " + ", ".join(sorted(FOR_SERVERS)),
        f"system host-if-modify -c data {facts.host.name} {interface.ifname}",
    )  # fmt: skip


def host_carries_it_once(facts: DataAssignmentFacts) -> Violation | None:
    """The virtual switch needs one way out. Ports that servers get themselves may lead to the same network."""
    wanted = facts.data_network.uuid
    ways = [facts.interface] if facts.interface.ifclass in PCI else [facts.interface, *facts.others]
    holder = next((each for each in ways if _carries(each, wanted, facts.interface)), None)
    if holder is None:
        return None
    return Violation(
        Reason.ALREADY_SO,
        f"Host {facts.host.name} carries datanetwork {facts.data_network.name} on interface {holder.ifname} already.",
        "a data network that the host does not carry",
        f"system interface-datanetwork-list {facts.host.name}",
    )


def tunnels_need_a_stack(facts: DataAssignmentFacts) -> Violation | None:
    """A port that a server gets has no address that a tunnel could begin at."""
    if facts.data_network.network_type is not DataNetworkType.VXLAN or facts.interface.ifclass not in PCI:
        return None
    return Violation(
        Reason.DISAGREES,
        f"datanetwork {facts.data_network.name} is vxlan, and {facts.interface.ifname} has class "
        f"{facts.interface.ifclass.value}.",
        "an interface of class data, or a data network of type flat or vlan",
        f"system host-if-modify -c data {facts.host.name} {facts.interface.ifname}",
    )


def one_flat_network(facts: DataAssignmentFacts) -> Violation | None:
    """Without tags nothing tells two networks on one wire apart."""
    flat = next((n for n in facts.interface.data_networks if n.network_type is DataNetworkType.FLAT), None)
    if flat is None or facts.data_network.network_type is not DataNetworkType.FLAT:
        return None
    return Violation(
        Reason.DISAGREES,
        f"Interface {facts.interface.ifname} carries flat datanetwork {flat.datanetwork_name} already.",
        "one flat data network an interface",
        f"system interface-datanetwork-list {facts.host.name}",
    )


def packets_fit_through(facts: DataAssignmentFacts) -> Violation | None:
    """A packet of the data network has to fit through the interface."""
    interface, wanted = facts.interface, facts.data_network
    if interface.imtu >= wanted.mtu:
        return None
    return Violation(
        Reason.DISAGREES,
        f"datanetwork {wanted.name} has mtu {wanted.mtu}, and {interface.ifname} has imtu {interface.imtu}.",
        f"an interface with imtu {wanted.mtu} or more",
        f"system host-if-modify -m {wanted.mtu} {facts.host.name} {interface.ifname}",
    )


ASSIGNMENT_CHECKS: Final[tuple[Check[AssignmentFacts], ...]] = (
    host_to_connect_is_locked,
    interface_is_no_member,
    class_is_for_the_platform,
    network_takes_interfaces,
    network_is_for_this_host,
    interface_is_not_connected_yet,
    host_has_it_once,  # one management interface
    bond_keeps_the_host_reachable,
)
"""Asked before an interface is connected to a network of the platform."""

DATA_ASSIGNMENT_CHECKS: Final[tuple[Check[DataAssignmentFacts], ...]] = (
    host_to_connect_is_locked,
    interface_is_no_member,
    class_is_for_servers,
    host_carries_it_once,
    tunnels_need_a_stack,
    one_flat_network,
    packets_fit_through,
)
"""Asked before an interface carries a data network."""

DISCONNECTION_CHECKS: Final[tuple[Check[DisconnectionFacts], ...]] = (host_to_connect_is_locked,)
"""Asked before either goes. Whether the host can be unlocked without it is asked then."""


def _carries(interface: Interface, data_network: str, wanted: Interface) -> bool:
    through_the_switch = interface.ifclass not in PCI or interface is wanted
    return through_the_switch and any(each.datanetwork_uuid == data_network for each in interface.data_networks)
