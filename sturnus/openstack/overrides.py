"""The system's layer of values for the OpenStack application: one row per concern. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sturnus.applications.overrides.values import Values, laid_over
from sturnus.openstack.classes import class_overrides
from sturnus.openstack.compute_hosts import pci_aliases
from sturnus.openstack.console import console
from sturnus.openstack.data_networks import neutron_networks, tunnels, usual_bridges
from sturnus.openstack.endpoints import public_names, region
from sturnus.openstack.facts import PlatformFacts
from sturnus.openstack.replicas import replicas
from sturnus.openstack.storage import storage

Concern = Callable[[str, PlatformFacts], dict[str, Any]]
"""Says what one concern has to say of a chart."""


def _only_of(chart: str, make: Callable[[PlatformFacts], dict[str, Any]]) -> Concern:
    return lambda asked, facts: make(facts) if asked == chart else {}


CONCERNS: Final[tuple[Concern, ...]] = (
    replicas,  # of what the controllers run
    region,  # of every user of Keystone
    public_names,  # where users outside find services
    storage,  # of charts with data
    _only_of("neutron", neutron_networks),  # physical networks
    _only_of("ovn", usual_bridges),  # of most compute hosts
    _only_of("ovn", tunnels),  # the device of the tunnels
    _only_of("nova", console),  # screens of servers
    _only_of("nova", pci_aliases),  # names of devices
    class_overrides,  # what hosts have of their own
)


def system_values(chart: str, facts: PlatformFacts) -> Values:
    """Return what the platform says of a chart; nothing of charts that it does not know."""
    values: Values = {}
    for concern in CONCERNS:
        values = laid_over(values, concern(chart, facts))
    return values
