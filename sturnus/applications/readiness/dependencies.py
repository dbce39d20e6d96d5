"""What an init container of kubernetes-entrypoint waits for, and which of it is missing (applications.md §4.5).

Charts of OpenStack-Helm start each pod with such a container; its environment says what has to be there first. The same
questions are asked here of the snapshot, so that the answer names the object that blocks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sturnus.applications.readiness.objects import (
    has_labels,
    is_true,
    labels_of,
    name_of,
    pod_is_ready,
    pods_of,
    spec_of,
    template_of,
)
from sturnus.kubernetes.snapshot import Json, Snapshot, Watched

_PREFIX = "DEPENDENCY_"
_WORKLOADS = (Watched.DAEMON_SET, Watched.STATEFUL_SET, Watched.DEPLOYMENT)


class Kind(StrEnum):
    """What is waited for."""

    SERVICE = "service"
    """That one of its pods is ready."""
    JOB = "job"
    """That it has succeeded."""
    JOBS = "jobs with labels"
    """That all with these labels have succeeded."""
    DAEMON_SET = "daemonset"
    """That its pod on the same node is ready."""
    POD = "pod with labels"
    """That one with these labels is ready, on the same node if it says so."""
    CONTAINER = "container"
    """That a container of the same pod runs."""
    CUSTOM_RESOURCE = "custom resource"
    """That an object has certain fields; not evaluated here."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """One thing that is waited for."""

    kind: Kind
    namespace: str
    name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    same_node: bool = False


@dataclass(frozen=True, slots=True)
class Blocker:
    """Which object keeps a dependency from being there; None: there is none, and that is the reason."""

    kind: Watched
    name: str
    item: Json


@dataclass(frozen=True, slots=True)
class Missing:
    """A dependency that is not there."""

    dependency: Dependency
    what: str  # "job keystone-db-sync", "daemonset neutron-ovs-agent on the same node"
    blocker: Blocker | None


def declared(pod_spec: Json, namespace: str) -> Iterator[Dependency]:
    """What the init containers of a pod (or of a pod template) wait for, in the order in which they say it."""
    for container in pod_spec.get("initContainers") or ():
        environment = {one["name"]: str(one.get("value") or "") for one in container.get("env") or () if "name" in one}
        for key, value in environment.items():
            if key.startswith(_PREFIX) and value:
                yield from _read(key.removeprefix(_PREFIX), value, namespace)


def _read(kind: str, value: str, namespace: str) -> Iterator[Dependency]:
    match kind:
        case "SERVICE" | "JOBS" | "DAEMONSET":
            known = {"SERVICE": Kind.SERVICE, "JOBS": Kind.JOB, "DAEMONSET": Kind.DAEMON_SET}[kind]
            for word in filter(None, (word.strip() for word in value.split(","))):
                where, _, name = word.rpartition(":")
                yield Dependency(known, where or namespace, name, same_node=known is Kind.DAEMON_SET)
        case "CONTAINER":
            yield from (
                Dependency(Kind.CONTAINER, namespace, word.strip()) for word in value.split(",") if word.strip()
            )
        case "POD_JSON" | "JOBS_JSON":
            known = Kind.POD if kind == "POD_JSON" else Kind.JOBS
            for one in _objects(value):
                yield Dependency(
                    known,
                    str(one.get("namespace") or namespace),
                    labels={str(key): str(text) for key, text in (one.get("labels") or {}).items()},
                    same_node=bool(one.get("requireSameNode")),
                )
        case "CUSTOM_RESOURCE":
            for one in _objects(value):
                yield Dependency(
                    Kind.CUSTOM_RESOURCE, str(one.get("namespace") or namespace), f"{one.get('kind')} {one.get('name')}"
                )


def _objects(text: str) -> Iterable[Mapping[str, Any]]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError:  # a chart's mistake; its container says so itself
        return ()
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else ()


def missing(pod: Json, snapshot: Snapshot) -> list[Missing]:
    """The dependencies of a pod that are not there, in their order. What is in other namespaces is not looked at."""
    found = (
        _missing(dependency, pod, snapshot)
        for dependency in declared(spec_of(pod), snapshot.namespace)
        if dependency.namespace == snapshot.namespace
    )
    return [one for one in found if one]


def elsewhere(pod: Json, snapshot: Snapshot) -> list[Dependency]:
    """The dependencies of a pod in namespaces that the snapshot does not show."""
    return [one for one in declared(spec_of(pod), snapshot.namespace) if one.namespace != snapshot.namespace]


def _missing(  # noqa: PLR0911 -- one a kind
    dependency: Dependency, pod: Json, snapshot: Snapshot
) -> Missing | None:
    match dependency.kind:
        case Kind.SERVICE:
            return _missing_service(dependency, snapshot)
        case Kind.JOB:
            return _missing_job(dependency, dependency.name, snapshot)
        case Kind.JOBS:
            jobs = sorted(name for name, job in snapshot.of(Watched.JOB).items() if has_labels(job, dependency.labels))
            if not jobs:
                return Missing(dependency, f"a job with labels {in_words(dependency.labels)}", None)
            return next((one for name in jobs if (one := _missing_job(dependency, name, snapshot))), None)
        case Kind.DAEMON_SET:
            return _missing_daemon_set(dependency, pod, snapshot)
        case Kind.POD:
            return _missing_pod(dependency, pod, snapshot)
        case Kind.CONTAINER | Kind.CUSTOM_RESOURCE:
            return None


def _missing_service(dependency: Dependency, snapshot: Snapshot) -> Missing | None:
    what = f"service {dependency.name}"
    service = snapshot.of(Watched.SERVICE).get(dependency.name)
    if service is None:
        return Missing(dependency, what, None)
    selector: Mapping[str, str] = spec_of(service).get("selector") or {}
    if not selector or any(pod_is_ready(pod) for pod in _with_labels(selector, snapshot)):
        return None  # without a selector somebody else fills in its addresses
    return Missing(dependency, what, _maker(selector, snapshot) or Blocker(Watched.SERVICE, dependency.name, service))


def _missing_job(dependency: Dependency, name: str, snapshot: Snapshot) -> Missing | None:
    job = snapshot.of(Watched.JOB).get(name)
    if job is None:
        return Missing(dependency, f"job {name}", None)
    return None if is_true(job, "Complete") else Missing(dependency, f"job {name}", Blocker(Watched.JOB, name, job))


def _missing_daemon_set(dependency: Dependency, pod: Json, snapshot: Snapshot) -> Missing | None:
    what = f"daemonset {dependency.name} on the same node"
    daemon_set = snapshot.of(Watched.DAEMON_SET).get(dependency.name)
    if daemon_set is None:
        return Missing(dependency, what, None)
    node = spec_of(pod).get("nodeName")
    if any(
        pod_is_ready(one) and spec_of(one).get("nodeName") == node for one in pods_of(daemon_set, "DaemonSet", snapshot)
    ):
        return None
    return Missing(dependency, what, Blocker(Watched.DAEMON_SET, dependency.name, daemon_set))


def _missing_pod(dependency: Dependency, pod: Json, snapshot: Snapshot) -> Missing | None:
    node = spec_of(pod).get("nodeName")
    fitting = [
        one
        for one in _with_labels(dependency.labels, snapshot)
        if not dependency.same_node or spec_of(one).get("nodeName") == node
    ]
    if any(pod_is_ready(one) for one in fitting):
        return None
    where = " on the same node" if dependency.same_node else ""
    maker = _maker(dependency.labels, snapshot)
    what = f"{maker.kind.lower()} {maker.name}" if maker else f"a pod with labels {in_words(dependency.labels)}"
    return Missing(dependency, what + where, maker)


def _with_labels(labels: Mapping[str, str], snapshot: Snapshot) -> list[Json]:
    return [pod for pod in snapshot.of(Watched.POD).values() if has_labels(pod, labels)]


def _maker(labels: Mapping[str, str], snapshot: Snapshot) -> Blocker | None:
    """The workload whose pods have these labels: the first by kind and name."""
    for kind in _WORKLOADS:
        for name in sorted(snapshot.of(kind)):
            workload = snapshot.of(kind)[name]
            template = labels_of(template_of(workload))
            if all(template.get(key) == value for key, value in labels.items()):
                return Blocker(kind, name, workload)
    return None


def in_words(labels: Mapping[str, str]) -> str:
    """`application=nova,component=compute`."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or "(none)"


def place(pod: Json) -> str:
    """`nova-compute-x2x on compute-1`, or without the host while it has none."""
    node = spec_of(pod).get("nodeName")
    return f"{name_of(pod)} on {node}" if node else name_of(pod)
