"""Classes of compute hosts: those with equal settings share a node label, and one entry under `conf.overrides`.

A host that is locked keeps its class: what it runs changes only with what it is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sturnus.applications.overrides.host_classes import HostClasses, classes_of
from sturnus.openstack.compute_hosts import nova_of
from sturnus.openstack.data_networks import unusual_bridges
from sturnus.openstack.facts import HostFacts, PlatformFacts

OfHost = Callable[[HostFacts], dict[str, Any]]
"""Says what one host has of its own."""


def _nova(_: PlatformFacts) -> OfHost:
    return lambda host: {"nova": found} if (found := nova_of(host)) else {}


PER_HOST: Final[Mapping[str, Mapping[str, Callable[[PlatformFacts], OfHost]]]] = {
    "nova": {"nova_compute": _nova},
    "ovn": {"ovn_ovn-controller": unusual_bridges},
}
"""Chart → DaemonSet as in `conf.overrides` (`CHART_DAEMONSET`) → what hosts have of their own there."""


def host_classes(chart: str, facts: PlatformFacts) -> HostClasses:
    """The classes of one chart; none for charts without settings per host."""
    of_host = {daemonset: make(facts) for daemonset, make in PER_HOST.get(chart, {}).items()}
    own = {host.name: {daemonset: say(host) for daemonset, say in of_host.items()} for host in facts.computes}
    said = {host: {name: conf for name, conf in every.items() if conf} for host, every in own.items()}
    return classes_of(chart, said)


def class_overrides(chart: str, facts: PlatformFacts) -> dict[str, Any]:
    """`conf.overrides` of one chart."""
    found = host_classes(chart, facts).overrides()
    return {"conf": {"overrides": found}} if found else {}


def class_labels(facts: PlatformFacts) -> dict[str, dict[str, str]]:
    """Labels that nodes have to have: hostname → key → value. Hosts without any are left out."""
    result: dict[str, dict[str, str]] = {}
    for chart in PER_HOST:
        classes = host_classes(chart, facts)
        for host, name in classes.labels().items():
            result.setdefault(host, {})[classes.label_key] = name
    return result
