"""What stands against an installation of OpenStack beyond what the plan sees of any application. Pure.

The plan itself says which images are missing, which selectors match no host, and where there is no room.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sturnus.applications.overrides.values import Missing, Values, at
from sturnus.applications.plan.placing import Obstacle
from sturnus.core.few import few_in_words
from sturnus.openstack.facts import HostFacts, PlatformFacts
from sturnus.openstack.names import NAMESPACE, PASSWORDS
from sturnus.openstack.passwords import KEYS

_SHOWN: Final = 3
"""Hosts that a message names; the others are counted."""


@dataclass(frozen=True, slots=True)
class InstallFacts:
    """All that decides whether an installation may begin."""

    platform: PlatformFacts
    ovn: Values | None  # of chart ovn, all layers merged; None: the application does not have it
    storage_classes: Mapping[str, bool]  # of the cluster, by name; True: it is the default
    claims: Collection[str | None]  # classes that the charts' volume claims name; None: the default
    installed: bool  # releases of the application are in the cluster
    password_keys: Collection[str] | None  # of the Secret; None: there is no Secret


def controllers_are_there(facts: InstallFacts) -> Iterator[Obstacle]:
    """APIs, schedulers and databases run on hosts with the role."""
    if not any(host.runs_control for host in facts.platform.hosts):
        yield Obstacle(
            "openstack-controller-node",
            "no host of the inventory has this label: there is no place for APIs and databases",
            "system host-label-assign HOST openstack-controller-node",
        )


def computes_are_there(facts: InstallFacts) -> Iterator[Obstacle]:
    """Servers run on hosts with the role."""
    if not facts.platform.computes:
        yield Obstacle(
            "openstack-compute-node",
            "no worker of the inventory has this label: there is no place for servers",
            "system host-label-assign HOST openstack-compute-node",
        )


def volumes_have_a_class(facts: InstallFacts) -> Iterator[Obstacle]:
    """A claim without a class waits for ever."""
    for wanted in sorted({each for each in facts.claims if each is not None} - facts.storage_classes.keys()):
        yield Obstacle(
            f"storage class {wanted}",
            "the cluster does not have it, and volumes ask for it",
            "kubectl get storageclass; system service-parameter-modify openstack helm storage_class=CLASS",
        )
    if None in facts.claims and not any(facts.storage_classes.values()):
        named = ", ".join(sorted(facts.storage_classes)) or "none at all"
        yield Obstacle(
            "storage class",
            f"volumes ask for the default one, and the cluster has none that is the default (it has: {named})",
            "system service-parameter-add openstack helm storage_class=CLASS, or mark one as the default",
        )


def data_networks_are_whole(facts: InstallFacts) -> Iterator[Obstacle]:
    """A physical network that some compute hosts carry and others do not would give servers that reach nobody.

    Where nobody assigned any, the chart's own bridge serves all hosts alike.
    """
    for network in facts.platform.physical_networks:
        without = [host for host in facts.platform.computes if network.name not in host.bridged]
        if without and len(without) < len(facts.platform.computes):
            yield Obstacle(
                f"data network {network.name}",
                f"{_named(without)} do{'es' if len(without) == 1 else ''} not carry it, and other compute hosts do",
                f"system interface-datanetwork-assign {without[0].name} INTERFACE {network.name}",
            )


def there_is_a_data_network(facts: InstallFacts) -> Iterator[Obstacle]:
    """Without a physical network no server is reached from outside."""
    if not facts.platform.physical_networks:
        yield Obstacle(
            "data networks",
            "there is none of type flat or vlan: no server could be reached from outside",
            "system datanetwork-add physnet0 flat",
        )


def physical_networks_have_a_bridge(facts: InstallFacts) -> Iterator[Obstacle]:
    """Neutron would offer a network that ends at every host."""
    if facts.ovn is None:
        return
    mappings = str(at(facts.ovn, ("conf", "ovn_bridge_mappings")))
    bridged = {each.partition(":")[0] for each in mappings.split(",")}
    for network in facts.platform.physical_networks:
        if network.name not in bridged:
            yield Obstacle(
                f"data network {network.name}",
                "no compute host has an interface of class data that carries it",
                f"system host-if-modify -c data HOST INTERFACE; "
                f"system interface-datanetwork-assign HOST INTERFACE {network.name}",
            )


def tunnels_have_a_device(facts: InstallFacts) -> Iterator[Obstacle]:
    """Networks of users travel between hosts in tunnels, over a device that is not the node's own."""
    if facts.ovn is None or at(facts.ovn, ("network", "interface", "tunnel")) not in {Missing.MISSING, None, ""}:
        return
    devices = sorted({host.tunnel_device or "none" for host in facts.platform.computes})
    yield Obstacle(
        "tunnels",
        f"compute hosts have no device of one name for them (they have: {', '.join(devices) or 'none'})",
        "system datanetwork-add tenants vxlan -g 239.1.1.1; system host-if-modify -c data HOST INTERFACE; "
        "system interface-datanetwork-assign HOST INTERFACE tenants; "
        "or system helm-override-update openstack ovn openstack --set network.interface.tunnel=DEVICE",
    )


def passwords_are_those_of_the_data(facts: InstallFacts) -> Iterator[Obstacle]:
    """Databases know the passwords that they were made with: new ones would lock everybody out."""
    if not facts.installed:
        return
    lacking = [key for key in KEYS if key not in (facts.password_keys or ())]
    if facts.password_keys is None or "mariadb-root" in lacking:
        yield Obstacle(
            f"Secret {NAMESPACE}/{PASSWORDS}",
            "it is gone, and the databases were made with its passwords",
            f"restore it; or system application-remove {NAMESPACE} --force, and install anew, without the data",
        )


CHECKS: Final[tuple[Callable[[InstallFacts], Iterable[Obstacle]], ...]] = (
    controllers_are_there,  # a place for APIs and databases
    computes_are_there,  # a place for servers
    there_is_a_data_network,  # a way to servers from outside
    physical_networks_have_a_bridge,  # that is wired
    tunnels_have_a_device,  # for networks of users
    data_networks_are_whole,  # on every host that runs servers
    volumes_have_a_class,  # a place for data
    passwords_are_those_of_the_data,  # nobody is locked out
)
"""Asked before an installation. All that they find is told at once."""


def against_it(facts: InstallFacts) -> list[Obstacle]:
    """Return all that stands against an installation."""
    return [found for check in CHECKS for found in check(facts)]


def _named(hosts: list[HostFacts]) -> str:
    return few_in_words([host.name for host in hosts], _SHOWN)
