"""Reading Kubernetes' JSON: the few paths that everybody here asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sturnus.kubernetes.snapshot import Json, Snapshot, Watched


def name_of(item: Json) -> str:
    """`metadata.name`."""
    return str(item.get("metadata", {}).get("name", ""))


def uid_of(item: Json) -> str:
    """`metadata.uid`."""
    return str(item.get("metadata", {}).get("uid", ""))


def labels_of(item: Json) -> Mapping[str, str]:
    """`metadata.labels`."""
    labels: Mapping[str, str] = item.get("metadata", {}).get("labels") or {}
    return labels


def spec_of(item: Json) -> Json:
    """`spec`."""
    spec: Json = item.get("spec") or {}
    return spec


def status_of(item: Json) -> Json:
    """`status`."""
    status: Json = item.get("status") or {}
    return status


def condition(item: Json, kind: str) -> Json:
    """A condition by its type; empty if it is not there."""
    conditions: Iterable[Json] = status_of(item).get("conditions") or ()
    return next((one for one in conditions if one.get("type") == kind), {})


def is_true(item: Json, kind: str) -> bool:
    """Whether a condition is there and holds."""
    return condition(item, kind).get("status") == "True"


def owner_of(item: Json) -> Json:
    """The owner that controls the object; empty if none does."""
    owners: Iterable[Json] = item.get("metadata", {}).get("ownerReferences") or ()
    return next((owner for owner in owners if owner.get("controller")), {})


def workload_of(pod: Json) -> tuple[str, str]:
    """Kind and name of what made a pod; empty if nothing did.

    A Deployment makes them through a ReplicaSet: its own name, and a digest of the pods' template.
    """
    owner = owner_of(pod)
    kind, name = str(owner.get("kind", "")), str(owner.get("name", ""))
    return (Watched.DEPLOYMENT, name.rpartition("-")[0]) if kind == "ReplicaSet" else (kind, name)


def has_labels(item: Json, wanted: Mapping[str, str]) -> bool:
    """Whether the object has all of these labels."""
    labels = labels_of(item)
    return all(labels.get(key) == value for key, value in wanted.items())


def template_of(workload: Json) -> Json:
    """The pod template of a workload."""
    template: Json = spec_of(workload).get("template") or {}
    return template


def is_ending(item: Json) -> bool:
    """Whether it is being deleted."""
    return "deletionTimestamp" in item.get("metadata", {})


def pods_of(workload: Json, kind: str, snapshot: Snapshot) -> list[Json]:
    """The pods that a workload made, by name; those being deleted left out."""
    pods = snapshot.of(Watched.POD)
    return [pods[name] for name in sorted(pods) if not is_ending(pods[name]) and _made_by(pods[name], workload, kind)]


def _made_by(pod: Json, workload: Json, kind: str) -> bool:
    if workload_of(pod) != (kind, name_of(workload)):
        return False
    if kind != Watched.DEPLOYMENT:
        return True
    # A ReplicaSet is not watched, and somebody's own may be named alike.
    selector: Mapping[str, str] = (spec_of(workload).get("selector") or {}).get("matchLabels") or {}
    return has_labels(pod, selector)


def events_of(item: Json, kind: str, snapshot: Snapshot) -> list[Json]:
    """Warnings about an object that is there now, the newest first."""
    uid = item.get("metadata", {}).get("uid")
    about = [
        event
        for event in snapshot.of(Watched.EVENT).values()
        if (subject := event.get("involvedObject") or {}).get("kind") == kind
        and subject.get("name") == name_of(item)
        and subject.get("uid") in (uid, None)
    ]
    return sorted(about, key=lambda event: (moment(event), name_of(event)), reverse=True)


def moment(event: Json) -> str:
    """When an event was last seen, RFC 3339. The scheduler fills other fields than the kubelet."""
    series: Json = event.get("series") or {}
    found: Any = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return str(found or event.get("metadata", {}).get("creationTimestamp") or "")


def pod_is_ready(pod: Json) -> bool:
    """Whether it is of use to others now."""
    return not is_ending(pod) and is_true(pod, "Ready")
