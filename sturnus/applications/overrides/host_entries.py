"""Entries under `conf.overrides`, by which a chart of OpenStack-Helm runs something else on some hosts.

conf:
  overrides:
    nova_compute:                # CHART_DAEMONSET
      hosts:
        - name: compute-0        # StarlingX's charts also take a list
          conf: {...}
      labels:
        - label: {key: sriov, values: [enabled]}
          conf: {...}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sturnus.applications.overrides.values import at


@dataclass(frozen=True, slots=True)
class HostNames:
    """Chooses hosts by name."""

    names: frozenset[str]

    def matches(self, hostname: str, labels: Mapping[str, str]) -> bool:
        """Whether it chooses this host."""
        return hostname in self.names

    def __str__(self) -> str:
        """How an operator finds it in his values."""
        return f"hosts: {', '.join(sorted(self.names))}"


@dataclass(frozen=True, slots=True)
class LabelValues:
    """Chooses hosts by a label."""

    key: str
    values: frozenset[str]

    def matches(self, hostname: str, labels: Mapping[str, str]) -> bool:
        """Whether it chooses a host with these labels."""
        return labels.get(self.key) in self.values

    def __str__(self) -> str:
        """How an operator finds it in his values."""
        return f"labels: {self.key}={'|'.join(sorted(self.values))}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: what it chooses, and what runs there instead."""

    daemonset: str
    selector: HostNames | LabelValues
    conf: Any

    def __str__(self) -> str:
        """Name it as in the values."""
        return f"conf.overrides.{self.daemonset}.{self.selector}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What a chart would fail over, or leave out in silence."""

    place: str
    expected: str


def entries(values: Mapping[str, Any]) -> tuple[Entry, ...]:
    """Return the entries that can be read, in the order in which the chart goes through them."""
    return tuple(found for found in _read(values) if isinstance(found, Entry))


def faults(values: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Return what cannot be read."""
    return tuple(found for found in _read(values) if isinstance(found, Fault))


def _read(values: Mapping[str, Any]) -> Iterator[Entry | Fault]:
    overrides = at(values, ("conf", "overrides"))
    if not isinstance(overrides, Mapping):
        return
    for daemonset, chosen in overrides.items():
        place = f"conf.overrides.{daemonset}"
        if not isinstance(chosen, Mapping):
            yield Fault(place, "a map with hosts, labels or both")
            continue
        for kind in ("hosts", "labels"):
            found = chosen.get(kind) or []
            if not isinstance(found, list):
                yield Fault(f"{place}.{kind}", "a list")
                continue
            for number, entry in enumerate(found):
                yield _entry(daemonset, kind, entry, f"{place}.{kind}[{number}]")


def _entry(daemonset: str, kind: str, entry: Any, place: str) -> Entry | Fault:
    if not isinstance(entry, Mapping):
        return Fault(place, "a map")
    if kind == "hosts":
        names = _texts(entry.get("name"))
        if not names:
            return Fault(f"{place}.name", "a host's name, or a list of names")
        return Entry(daemonset, HostNames(names), entry.get("conf"))
    label = entry.get("label")
    if not isinstance(label, Mapping) or not isinstance(label.get("key"), str):
        return Fault(f"{place}.label", "{key: KEY, values: [VALUE, ...]}")
    values = _texts(label.get("values"))
    if not values:
        return Fault(f"{place}.label.values", "a list of texts")
    return Entry(daemonset, LabelValues(label["key"], values), entry.get("conf"))


def _texts(value: Any) -> frozenset[str]:
    """Return the texts of a text or a list; none if anything else is among them."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(each, str) and each for each in found):
        return frozenset()
    return frozenset(found)
