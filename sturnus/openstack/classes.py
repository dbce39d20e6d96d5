"""Classes of compute hosts: those with equal settings share a node label, and one entry under `conf.overrides`.

A host that is locked keeps its class: what it runs changes only with what it is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sturnus.applications.overrides.host_classes import HostClasses, classes_of
from sturnus.openstack.compute_hosts import nova_of
from sturnus.openstack.data_networks import bridges
from sturnus.openstack.facts import HostFacts, PlatformFacts

Own = Callable[[HostFacts, PlatformFacts], dict[str, Any]]


def _nova(host: HostFacts, _: PlatformFacts) -> dict[str, Any]:
    found = nova_of(host)
    return {"nova": found} if found else {}


PER_HOST: Final[Mapping[str, Mapping[str, Own]]] = {
    "nova": {"nova_compute": _nova},
    "ovn": {"ovn_ovn-controller": bridges},
}
"""Chart → DaemonSet as in `conf.overrides` (`CHART_DAEMONSET`) → what each host has of its own there."""


def host_classes(chart: str, facts: PlatformFacts) -> HostClasses:
    """The classes of one chart; none for charts without settings per host."""
    settings: dict[str, dict[str, Any]] = {}
    for host in facts.computes:
        own = {daemonset: make(host, facts) for daemonset, make in PER_HOST.get(chart, {}).items()}
        settings[host.name] = {daemonset: conf for daemonset, conf in own.items() if conf}
    return classes_of(chart, settings)


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
