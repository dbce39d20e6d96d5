"""Hosts with equal settings share a class: a chart then pays once per class, not once per host (reference §6.4.14).

OpenStack-Helm makes a DaemonSet and a Secret of each entry under `conf.overrides`; fifty entries of nova take 40 s to
render and more than a release record holds. A class is chosen by a node label instead of by the hosts' names, so a host
that joins an existing class changes nothing in the application at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sturnus.inventory.labels import CLASS_PREFIX

_DIGITS: Final = 10

Settings = Mapping[str, Mapping[str, Any]]
"""What one host has of its own: DaemonSet as in `conf.overrides` → `conf`."""


@dataclass(frozen=True, slots=True)
class HostClass:
    """Hosts that run the same."""

    name: str  # the same for the same settings, wherever and whenever they are met
    settings: Settings
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HostClasses:
    """All classes of one chart."""

    chart: str
    classes: tuple[HostClass, ...]

    @property
    def label_key(self) -> str:
        """Key of the label that tells a node's class."""
        return CLASS_PREFIX + self.chart

    def labels(self) -> dict[str, str]:
        """Value of that label per host. Hosts without settings of their own have none."""
        return {host: each.name for each in self.classes for host in each.hosts}

    def overrides(self) -> dict[str, Any]:
        """Return what belongs under `conf.overrides`: one entry per DaemonSet and different `conf`."""
        result: dict[str, Any] = {}
        for daemonset in sorted({name for each in self.classes for name in each.settings}):
            result[daemonset] = {"labels": self._entries(daemonset)}
        return result

    def _entries(self, daemonset: str) -> list[dict[str, Any]]:
        by_conf: dict[str, list[HostClass]] = {}
        for each in self.classes:
            if daemonset in each.settings:
                by_conf.setdefault(_canonical(each.settings[daemonset]), []).append(each)
        return [
            {
                "label": {"key": self.label_key, "values": [each.name for each in alike]},
                "conf": alike[0].settings[daemonset],
            }
            for alike in by_conf.values()
        ]


def classes_of(chart: str, settings: Mapping[str, Settings]) -> HostClasses:
    """Put hosts with equal settings into one class each; hosts without settings into none.

    `settings`: hostname → DaemonSet → `conf`. The result does not depend on the order of hosts or of names in maps.
    """
    hosts: dict[str, list[str]] = {}
    for host in sorted(settings):
        if settings[host]:
            hosts.setdefault(_canonical(settings[host]), []).append(host)
    found = [HostClass(_name(text), settings[alike[0]], tuple(alike)) for text, alike in hosts.items()]
    return HostClasses(chart, tuple(sorted(found, key=lambda each: each.name)))


def _name(canonical: str) -> str:
    return "c" + hashlib.sha256(canonical.encode()).hexdigest()[:_DIGITS]


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
