"""What a host needs of its interfaces, processors and memory before it goes into service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sturnus.inventory.host import Host
from sturnus.inventory.host_resources import HostResources
from sturnus.inventory.networking.model import InterfaceClass
from sturnus.inventory.processors.checks import memory_out_of_bounds, no_platform_core, unfit_for_the_role
from sturnus.inventory.violations import Reason, Violation


class Facts(Protocol):
    """The part of an action's facts that these rules look at."""

    @property
    def host(self) -> Host:
        """The host."""
        ...

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels."""
        ...

    @property
    def resources(self) -> HostResources:
        """What it has."""
        ...


def networks_are_connected(facts: Facts) -> Violation | None:
    """Every host is reached through the management network, and its pods through the cluster's, where there is one."""
    resources = facts.resources
    if not resources.interfaces:
        return None  # ports not reported: nothing can be said
    platform = {InterfaceClass.PLATFORM, InterfaceClass.PCI_SRIOV}
    connected = {
        each.network_type
        for interface in resources.interfaces
        if interface.ifclass in platform
        for each in interface.networks
    }
    missing = sorted(resources.needed_networks - connected)
    if not missing:
        return None
    name = facts.host.name
    return Violation(
        Reason.NETWORK_MISSING,
        f"Host {name} has no platform interface with network {', '.join(missing)}.",
        f"an interface of class platform for each of {', '.join(sorted(resources.needed_networks))}",
        f"system interface-network-assign {name} INTERFACE {missing[0]}",
    )


def platform_keeps_a_core(facts: Facts) -> Violation | None:
    """The host's own services run somewhere."""
    return no_platform_core(facts.host, facts.resources.functions)


def cores_fit_the_role(facts: Facts) -> Violation | None:
    """A virtual switch runs only where servers run."""
    return unfit_for_the_role(facts.host, facts.labels, facts.resources.functions)


def memory_is_within_bounds(facts: Facts) -> Violation | None:
    """The platform's share and the huge pages fit into what there is."""
    found = [
        violation
        for number, memory in enumerate(facts.resources.memory)
        if (violation := memory_out_of_bounds(facts.host, memory, first=number == 0)) is not None
    ]
    if not found:
        return None
    first = found[0]
    return Violation(first.reason, " ".join(each.message for each in found), first.expected, first.remedy)
