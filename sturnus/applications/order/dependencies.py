"""What a pod waits for before it starts, as its init container's environment says (kubernetes-entrypoint).

Reference/applications.md §4.5. For the order of releases, and for the reason why a pod is not ready.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Needed(StrEnum):
    """What a pod can wait for."""

    SERVICE = "Service"
    """Has an address that is ready."""
    JOB = "Job"
    """Is complete."""
    DAEMONSET = "DaemonSet"
    """Its pod on the same node is ready."""
    POD = "Pod"
    """One with these labels is ready."""
    UNREADABLE = "unreadable"
    """The environment says something that is not understood; `name` holds the variable."""


@dataclass(frozen=True, slots=True)
class PodDependency:
    """One thing that a pod waits for: named, or chosen by labels."""

    kind: Needed
    namespace: str
    name: str = ""  # "": by labels
    labels: tuple[tuple[str, str], ...] = ()
    same_node: bool = False  # only one on the pod's own node will do

    def __str__(self) -> str:
        """`Service openstack/mariadb`, `Pod openstack/application=neutron,component=ovs-agent on the same node`."""
        if self.kind is Needed.UNREADABLE:
            return f"what {self.name} says (unreadable)"
        what = self.name or ",".join(f"{key}={value}" for key, value in self.labels)
        return f"{self.kind} {self.namespace}/{what}" + (" on the same node" if self.same_node else "")


_NAMED: Final = {
    "DEPENDENCY_SERVICE": Needed.SERVICE,
    "DEPENDENCY_JOBS": Needed.JOB,
    "DEPENDENCY_DAEMONSET": Needed.DAEMONSET,
}
_BY_LABELS: Final = {"DEPENDENCY_POD_JSON": Needed.POD, "DEPENDENCY_JOBS_JSON": Needed.JOB}


def dependencies_of(pod_spec: object, namespace: str) -> tuple[PodDependency, ...]:
    """Read them from a pod's spec, whatever that is; never raises. Names without a namespace are in the pod's own."""
    found: dict[PodDependency, None] = {}
    for container in items(entry(pod_spec, "initContainers")):
        for variable in items(entry(container, "env")):
            name, value = entry(variable, "name"), entry(variable, "value")
            if isinstance(name, str) and isinstance(value, str) and value.strip():
                found.update(dict.fromkeys(_read(name, value, namespace)))
    return tuple(found)


def _read(variable: str, value: str, namespace: str) -> Iterator[PodDependency]:
    if kind := _NAMED.get(variable):
        for each in filter(None, (part.strip() for part in value.split(","))):
            before, colon, name = each.partition(":")
            if colon:
                yield PodDependency(kind, before or namespace, name)
            else:
                yield PodDependency(kind, namespace, each)
    elif kind := _BY_LABELS.get(variable):
        yield from _by_labels(variable, kind, value, namespace)


def _by_labels(variable: str, kind: Needed, value: str, namespace: str) -> Iterator[PodDependency]:
    """Read `[{"labels": {...}, "namespace": "...", "requireSameNode": true}]`."""
    unreadable = PodDependency(Needed.UNREADABLE, namespace, variable)
    try:
        listed = json.loads(value)
    except (ValueError, RecursionError):
        yield unreadable
        return
    if not isinstance(listed, list):
        yield unreadable
    for each in items(listed):
        labels = entry(each, "labels")
        if not isinstance(labels, dict) or not labels:
            yield unreadable
            continue
        pairs = tuple(sorted((str(key), str(value)) for key, value in labels.items()))
        where = entry(each, "namespace")
        yield PodDependency(
            kind,
            where if isinstance(where, str) and where else namespace,
            labels=pairs,
            same_node=entry(each, "requireSameNode") is True,
        )


def entry(node: object, *keys: str) -> Any:
    """Follow keys through nested mappings; None where there is none. What charts render may have any shape."""
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def items(node: object) -> list[Any]:
    """Return the node if it is a list, or an empty one."""
    return node if isinstance(node, list) else []
