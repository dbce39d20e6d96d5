"""Which of the things that a pod's init container waits for is missing (applications.md §4.5).

The same questions that kubernetes-entrypoint asks are asked here of the snapshot, so that the answer names the object
that blocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sturnus.applications.order.dependencies import Needed, PodDependency, dependencies_of
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

_WORKLOADS = (Watched.DAEMON_SET, Watched.STATEFUL_SET, Watched.DEPLOYMENT)


@dataclass(frozen=True, slots=True)
class Blocker:
    """Which object keeps a dependency from being there; None: there is none, and that is the reason."""

    kind: Watched
    name: str
    item: Json


@dataclass(frozen=True, slots=True)
class Missing:
    """A dependency that is not there."""

    dependency: PodDependency
    what: str  # "job keystone-db-sync", "daemonset neutron-ovs-agent on the same node"
    blocker: Blocker | None


def missing(pod: Json, snapshot: Snapshot) -> list[Missing]:
    """The dependencies of a pod that are not there, in their order. What is in other namespaces is not looked at."""
    found = (
        _missing(dependency, pod, snapshot)
        for dependency in dependencies_of(spec_of(pod), snapshot.namespace)
        if dependency.namespace == snapshot.namespace
    )
    return [one for one in found if one]


def elsewhere(pod: Json, snapshot: Snapshot) -> list[PodDependency]:
    """The dependencies of a pod in namespaces that the snapshot does not show."""
    return [one for one in dependencies_of(spec_of(pod), snapshot.namespace) if one.namespace != snapshot.namespace]


def _missing(  # noqa: PLR0911 -- one a kind
    dependency: PodDependency, pod: Json, snapshot: Snapshot
) -> Missing | None:
    labels = dict(dependency.labels)
    match dependency.kind:
        case Needed.SERVICE:
            return _missing_service(dependency, snapshot)
        case Needed.JOB if dependency.name:
            return _missing_job(dependency, dependency.name, snapshot)
        case Needed.JOB:
            jobs = sorted(name for name, job in snapshot.of(Watched.JOB).items() if has_labels(job, labels))
            if not jobs:
                return Missing(dependency, f"a job with labels {in_words(labels)}", None)
            return next((one for name in jobs if (one := _missing_job(dependency, name, snapshot))), None)
        case Needed.DAEMONSET:
            return _missing_daemon_set(dependency, pod, snapshot)
        case Needed.POD:
            return _missing_pod(dependency, pod, snapshot)
        case Needed.UNREADABLE:
            return None  # a chart's mistake; its container says so itself


def _missing_service(dependency: PodDependency, snapshot: Snapshot) -> Missing | None:
    what = f"service {dependency.name}"
    service = snapshot.of(Watched.SERVICE).get(dependency.name)
    if service is None:
        return Missing(dependency, what, None)
    selector: Mapping[str, str] = spec_of(service).get("selector") or {}
    if not selector or any(pod_is_ready(pod) for pod in _with_labels(selector, snapshot)):
        return None  # without a selector somebody else fills in its addresses
    return Missing(dependency, what, _maker(selector, snapshot) or Blocker(Watched.SERVICE, dependency.name, service))


def _missing_job(dependency: PodDependency, name: str, snapshot: Snapshot) -> Missing | None:
    job = snapshot.of(Watched.JOB).get(name)
    if job is None:
        return Missing(dependency, f"job {name}", None)
    return None if is_true(job, "Complete") else Missing(dependency, f"job {name}", Blocker(Watched.JOB, name, job))


def _missing_daemon_set(dependency: PodDependency, pod: Json, snapshot: Snapshot) -> Missing | None:
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


def _missing_pod(dependency: PodDependency, pod: Json, snapshot: Snapshot) -> Missing | None:
    node = spec_of(pod).get("nodeName")
    labels = dict(dependency.labels)
    fitting = [
        one
        for one in _with_labels(labels, snapshot)
        if not dependency.same_node or spec_of(one).get("nodeName") == node
    ]
    if any(pod_is_ready(one) for one in fitting):
        return None
    where = " on the same node" if dependency.same_node else ""
    maker = _maker(labels, snapshot)
    what = f"{maker.kind.lower()} {maker.name}" if maker else f"a pod with labels {in_words(labels)}"
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
