"""What an interface of a host may be like (reference/inventory.md §6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sturnus.core.states import Administrative
from sturnus.inventory.host import Host
from sturnus.inventory.networking.model import (
    FOR_SERVERS,
    PCI,
    AeMode,
    Interface,
    InterfaceClass,
    InterfaceType,
    Port,
)
from sturnus.inventory.violations import Check, Reason, Violation


@dataclass(frozen=True, slots=True)
class InterfaceFacts:
    """All that decides whether an interface may be as it is wanted."""

    host: Host
    wanted: Interface
    others: tuple[Interface, ...]  # the other interfaces of the host
    ports: tuple[Port, ...]
    pools: Mapping[str, int] | None = None  # version of IP by uuid; None: no pool was asked for
    unknown: tuple[str, ...] = ()  # names that the request uses and nothing has

    @property
    def below(self) -> tuple[Interface, ...]:
        """What it stands on."""
        return tuple(each for each in self.others if each.ifname in self.wanted.uses)

    @property
    def above(self) -> tuple[Interface, ...]:
        """What stands on it."""
        return tuple(each for each in self.others if each.ifname in self.wanted.used_by)


@dataclass(frozen=True, slots=True)
class InterfaceRemovalFacts:
    """All that decides whether an interface may go."""

    host: Host
    interface: Interface
    ports: tuple[Port, ...]


def host_of_interface_is_locked(facts: InterfaceFacts) -> Violation | None:
    """A host in service keeps its network."""
    return needs_lock(facts.host)


def all_that_is_named_exists(facts: InterfaceFacts) -> Violation | None:
    """Interfaces, ports and pools that the request names."""
    if not facts.unknown:
        return None
    return Violation(
        Reason.NOT_THERE,
        f"Host {facts.host.name} has no {', '.join(facts.unknown)}.",
        "interfaces and ports of the host, and pools that exist",
        f"system host-if-list -a {facts.host.name}",
    )


def name_is_new_on_the_host(facts: InterfaceFacts) -> Violation | None:
    """Names tell interfaces of a host apart."""
    if all(each.ifname != facts.wanted.ifname for each in facts.others):
        return None
    return Violation(
        Reason.NAME_TAKEN,
        f"Interface {facts.wanted.ifname} of host {facts.host.name} exists already.",
        "a name that no interface of the host has",
        f"system host-if-list -a {facts.host.name}",
    )


def it_stands_on_what_its_type_needs(facts: InterfaceFacts) -> Violation | None:
    """Ethernet on a port, a bond on ethernet, a VLAN on one that is no VLAN, virtual on nothing."""
    wanted, kinds = facts.wanted, [each.iftype for each in facts.below]
    match wanted.iftype:
        case InterfaceType.ETHERNET:
            fits, needed = wanted.port_name is not None and not wanted.uses, "one port"
        case InterfaceType.AE:
            fits = bool(wanted.uses) and all(kind is InterfaceType.ETHERNET for kind in kinds)
            needed = "one or more ethernet interfaces"
        case InterfaceType.VLAN:
            fits = len(wanted.uses) == 1 and InterfaceType.VLAN not in kinds
            needed = "one interface that is no VLAN"
        case InterfaceType.VIRTUAL:
            fits, needed = not wanted.uses and wanted.port_name is None, "nothing"
    if fits or facts.unknown:
        return None
    return Violation(
        Reason.DISAGREES,
        f"Interface {wanted.ifname} is {wanted.iftype.value}: it stands on {needed}.",
        needed,
        f"system host-if-list -a {facts.host.name}",
    )


def port_is_free(facts: InterfaceFacts) -> Violation | None:
    """Every port has its interface; a second one would fight for it."""
    holder = next((each for each in facts.others if each.port_name == facts.wanted.port_name), None)
    if facts.wanted.port_name is None or holder is None:
        return None
    name = facts.host.name
    return Violation(
        Reason.IN_USE,
        f"Port {facts.wanted.port_name} of host {name} has interface {holder.ifname} already.",
        "a port without an interface",
        f"system host-if-modify {name} {holder.ifname} ...",
    )


def members_are_free(facts: InterfaceFacts) -> Violation | None:
    """A member of a bond does nothing else."""
    wanted = facts.wanted
    if wanted.iftype is not InterfaceType.AE:
        return None
    busy = [f"{each.ifname} {why}" for each in facts.below if (why := _busy(each, wanted.ifname)) is not None]
    if not busy:
        return None
    return Violation(
        Reason.IN_USE,
        f"A member of {wanted.ifname} must be free: {', '.join(busy)}.",
        "interfaces of class none that nothing uses and that are connected to nothing",
        f"system host-if-modify -c none {facts.host.name} INTERFACE",
    )


def member_of_a_bond_stays_one(facts: InterfaceFacts) -> Violation | None:
    """The other side of the rule above."""
    bond = next((each for each in facts.above if each.iftype is InterfaceType.AE), None)
    if bond is None or facts.wanted.ifclass is InterfaceClass.NONE:
        return None
    return Violation(
        Reason.IN_USE,
        f"Interface {facts.wanted.ifname} is a member of {bond.ifname}: its class stays none.",
        "class none, or no member of a bond",
        f"system host-if-delete {facts.host.name} {bond.ifname}",
    )


def tag_is_its_own(facts: InterfaceFacts) -> Violation | None:
    """A VLAN has a tag, which no other VLAN on the same interface has."""
    wanted = facts.wanted
    if wanted.iftype is not InterfaceType.VLAN:
        return None
    if wanted.vlan_id is None:
        return Violation(Reason.FIELD_MISSING, f"VLAN {wanted.ifname} needs a vlan_id.", "1 to 4094", "add -V NUMBER")
    twin = next((each for each in facts.others if each.vlan_id == wanted.vlan_id and each.uses == wanted.uses), None)
    if twin is None:
        return None
    return Violation(
        Reason.NAME_TAKEN,
        f"vlan_id {wanted.vlan_id} on {', '.join(wanted.uses)} belongs to {twin.ifname} already.",
        "a tag that no other VLAN on the same interface has",
        f"system host-if-list -a {facts.host.name}",
    )


def options_fit_type_and_class(facts: InterfaceFacts) -> Violation | None:
    """Tags are for VLANs, modes for bonds, virtual functions for SR-IOV."""
    faults = list(_option_faults(facts.wanted))
    if not faults:
        return None
    return Violation(
        Reason.DISAGREES, " ".join(faults), "options that type and class have", "system help host-if-modify"
    )


def port_has_as_many_parts(facts: InterfaceFacts) -> Violation | None:
    """A port is divided into as many virtual functions as it can be, if it says how many."""
    port = next((each for each in facts.ports if each.name == facts.wanted.port_name), None)
    if port is None or port.sriov_totalvfs is None or facts.wanted.sriov_numvfs <= port.sriov_totalvfs:
        return None
    return Violation(
        Reason.HARDWARE_UNFIT,
        f"Port {port.name} has {port.sriov_totalvfs} virtual functions, and {facts.wanted.sriov_numvfs} are asked for.",
        f"at most {port.sriov_totalvfs}",
        f"system host-if-modify -N {port.sriov_totalvfs} {facts.host.name} {facts.wanted.ifname}",
    )


def class_fits_the_host(facts: InterfaceFacts) -> Violation | None:
    """Servers run on workers, and get whole ports or parts of them."""
    wanted, host = facts.wanted, facts.host
    if wanted.ifclass not in FOR_SERVERS:
        return None
    if not host.is_worker:
        return Violation(
            Reason.WRONG_PERSONALITY,
            f"Class {wanted.ifclass.value} is for workers, and {host.name} is none.",
            "class platform or none",
            f"system host-if-modify -c none {host.name} {wanted.ifname}",
        )
    if wanted.ifclass in PCI and wanted.iftype is not InterfaceType.ETHERNET:
        return Violation(
            Reason.DISAGREES,
            f"Class {wanted.ifclass.value} is for ethernet, and {wanted.ifname} is {wanted.iftype.value}.",
            "an ethernet interface",
            f"system host-if-list -a {host.name}",
        )
    return None


def class_fits_its_networks(facts: InterfaceFacts) -> Violation | None:
    """Networks are taken off first: the platform's from a platform interface, data networks from the others."""
    wanted = facts.wanted
    names = []
    if wanted.ifclass not in {InterfaceClass.PLATFORM, InterfaceClass.PCI_SRIOV}:
        names += [each.network_name for each in wanted.networks]
    if wanted.ifclass not in FOR_SERVERS:
        names += [each.datanetwork_name for each in wanted.data_networks]
    if not names:
        return None
    return Violation(
        Reason.IN_USE,
        f"Interface {wanted.ifname} cannot have class {wanted.ifclass.value}: it is connected to {', '.join(names)}.",
        "a class that fits, or no such networks",
        f"system interface-network-list {facts.host.name}; system interface-datanetwork-list {facts.host.name}",
    )


def packets_fit_through(facts: InterfaceFacts) -> Violation | None:
    """An interface is at least as wide as what stands on it, and as what it carries."""
    wanted = facts.wanted
    faults = [f"{each.ifname} below has {each.imtu}" for each in facts.below if each.imtu < wanted.imtu]
    faults += [f"{each.ifname} above has {each.imtu}" for each in facts.above if each.imtu > wanted.imtu]
    faults += [f"datanetwork {n.datanetwork_name} has {n.mtu}" for n in wanted.data_networks if n.mtu > wanted.imtu]
    if not faults:
        return None
    return Violation(
        Reason.DISAGREES,
        f"imtu {wanted.imtu} of {wanted.ifname} does not fit: {', '.join(faults)}.",
        "no more than what is below, no less than what is above and what is carried",
        f"system host-if-list -a {facts.host.name}",
    )


def addresses_have_a_source(facts: InterfaceFacts) -> Violation | None:
    """Mode pool needs a pool of the right family, and no other mode takes one."""
    faults = list(_pool_faults(facts))
    if not faults:
        return None
    return Violation(
        Reason.DISAGREES, " ".join(faults), "mode pool with a pool of the same family", "system addrpool-list"
    )


def host_to_change_is_locked(facts: InterfaceRemovalFacts) -> Violation | None:
    """A host in service keeps its network."""
    return needs_lock(facts.host)


def nothing_stands_on_it(facts: InterfaceRemovalFacts) -> Violation | None:
    """What is above goes first, and what it is connected to."""
    interface = facts.interface
    users = [*interface.used_by, *(each.network_name for each in interface.networks)]
    users += [each.datanetwork_name for each in interface.data_networks]
    if not users:
        return None
    return Violation(
        Reason.IN_USE,
        f"Interface {interface.ifname} of host {facts.host.name} is used by {', '.join(users)}.",
        "an interface that nothing stands on and that is connected to nothing",
        f"system host-if-list -a {facts.host.name}; system interface-network-list {facts.host.name}",
    )


def interface_of_a_port_stays(facts: InterfaceRemovalFacts) -> Violation | None:
    """It comes with the port and goes with it: it would be made again at the next report."""
    interface = facts.interface
    if all(port.name != interface.port_name for port in facts.ports):
        return None
    return Violation(
        Reason.NOT_SUPPORTED,
        f"Interface {interface.ifname} stands on port {interface.port_name} and stays as long as the port is there.",
        "an interface of type ae, vlan or virtual, or one whose port is gone",
        f"system host-if-modify -c none {facts.host.name} {interface.ifname}",
    )


INTERFACE_CHECKS: Final[tuple[Check[InterfaceFacts], ...]] = (
    host_of_interface_is_locked,  # a host in service keeps its network
    all_that_is_named_exists,
    name_is_new_on_the_host,
    it_stands_on_what_its_type_needs,
    port_is_free,
    members_are_free,
    member_of_a_bond_stays_one,
    tag_is_its_own,
    options_fit_type_and_class,
    port_has_as_many_parts,
    class_fits_the_host,
    class_fits_its_networks,
    packets_fit_through,
    addresses_have_a_source,
)
"""Asked before an interface is made or changed."""

INTERFACE_REMOVAL_CHECKS: Final[tuple[Check[InterfaceRemovalFacts], ...]] = (
    host_to_change_is_locked,
    nothing_stands_on_it,
    interface_of_a_port_stays,
)


def needs_lock(host: Host) -> Violation | None:
    """The rule that all changes of a host's resources share."""
    if host.administrative is Administrative.LOCKED:
        return None
    return Violation(
        Reason.HOST_NOT_LOCKED,
        f"Host {host.name} must be locked.",
        "a locked host, since what runs on it uses this",
        f"system host-lock {host.name}",
    )


def _busy(member: Interface, bond: str) -> str | None:
    if member.ifclass is not InterfaceClass.NONE:
        return f"has class {member.ifclass.value}"
    if users := [each for each in member.used_by if each != bond]:
        return f"is used by {', '.join(users)}"
    return None


def _option_faults(wanted: Interface) -> Iterator[str]:
    name, kind = wanted.ifname, wanted.iftype.value
    if wanted.vlan_id is not None and wanted.iftype is not InterfaceType.VLAN:
        yield f"{name} is {kind} and has no vlan_id."
    if wanted.aemode is not None and wanted.iftype is not InterfaceType.AE:
        yield f"{name} is {kind} and has no aemode."
    if wanted.txhashpolicy is not None and wanted.aemode not in {AeMode.BALANCED, AeMode.LACP}:
        yield f"txhashpolicy of {name} needs aemode {AeMode.BALANCED.value} or {AeMode.LACP.value}."
    if wanted.ifclass is InterfaceClass.PCI_SRIOV and wanted.sriov_numvfs == 0:
        yield f"{name} has class pci-sriov and needs sriov_numvfs, at least 1."
    if wanted.ifclass is not InterfaceClass.PCI_SRIOV and (wanted.sriov_numvfs or wanted.sriov_vf_driver):
        yield f"sriov_numvfs and sriov_vf_driver of {name} need class pci-sriov."


def _pool_faults(facts: InterfaceFacts) -> Iterable[str]:
    wanted = facts.wanted
    families: tuple[tuple[int, Any, str | None], ...] = (
        (4, wanted.ipv4_mode, wanted.ipv4_pool),
        (6, wanted.ipv6_mode, wanted.ipv6_pool),
    )
    for version, mode, pool in families:
        takes = mode is not None and mode.value == "pool"
        if takes and pool is None and not facts.unknown:
            yield f"ipv{version}_mode pool of {wanted.ifname} needs an ipv{version}_pool."
        if not takes and pool is not None:
            yield f"ipv{version}_pool of {wanted.ifname} needs ipv{version}_mode pool."
        if pool is not None and facts.pools is not None and facts.pools.get(pool, version) != version:
            yield f"ipv{version}_pool of {wanted.ifname} has addresses of the other family."
