"""Objects as Kubernetes writes them, with what a test does not care about filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from sturnus.kubernetes.snapshot import Snapshot, Watched

Json = dict[str, Any]


def item(text: str) -> Json:
    """An object written as YAML."""
    found = yaml.safe_load(text)
    assert isinstance(found, dict)
    return found


def world(*items: Json, nodes: Sequence[Json] = ()) -> Snapshot:
    """A snapshot of namespace openstack."""
    objects: dict[Watched, dict[str, Mapping[str, Any]]] = {kind: {} for kind in Watched}
    for one in items:
        objects[Watched(one["kind"])][one["metadata"]["name"]] = one
    return Snapshot("openstack", objects, {one["metadata"]["name"]: one for one in nodes})


def node(
    name: str, labels: Mapping[str, str] | None = None, *, taints: Sequence[Json] = (), ready: str = "True", **room: str
) -> Json:
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": dict(labels or {})},
        "spec": {"taints": list(taints)},
        "status": {"conditions": [{"type": "Ready", "status": ready}], "allocatable": room},
    }


def workload(
    kind: str, name: str, *, labels: Mapping[str, str] | None = None, template: Json | None = None, **status: Any
) -> Json:
    labels = dict(labels or {"app": name})
    return {
        "kind": kind,
        "metadata": {"name": name, "uid": f"uid-{name}", "generation": 1},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": template or {}},
        },
        "status": {"observedGeneration": 1, **status},
    }


def deployment(name: str, **more: Any) -> Json:
    return workload("Deployment", name, **{"updatedReplicas": 1, "replicas": 1, "availableReplicas": 0} | more)


def ready_deployment(name: str, **more: Any) -> Json:
    return deployment(name, **{"availableReplicas": 1} | more)


def daemon_set(name: str, *, selector: Mapping[str, str] | None = None, **more: Any) -> Json:
    template = {"nodeSelector": dict(selector or {})}
    counts = {"desiredNumberScheduled": 1, "updatedNumberScheduled": 1, "numberAvailable": 0}
    return workload("DaemonSet", name, template=template, **counts | more)


def job(name: str, *, condition: str | None = None, message: str = "") -> Json:
    conditions = [{"type": condition, "status": "True", "message": message}] if condition else []
    return {
        "kind": "Job",
        "metadata": {"name": name, "uid": f"uid-{name}"},
        "spec": {"completions": 1, "template": {"metadata": {"labels": {"job-name": name}}, "spec": {}}},
        "status": {"conditions": conditions},
    }


def pod(
    name: str,
    owner: Json | None = None,
    *,
    host: str | None = "compute-0",
    containers: Sequence[Json] = (),
    init: Sequence[Json] = (),
    ready: bool = False,
    labels: Mapping[str, str] | None = None,
    **spec: Any,
) -> Json:
    """A pod; `containers` and `init` are statuses, and their `image`, `resources`, `env` go into the spec."""
    made: Json = {
        "kind": "Pod",
        "metadata": {"name": name, "uid": f"uid-{name}", "labels": dict(labels or {})},
        "spec": {
            "containers": [_declared(one) for one in containers],
            "initContainers": [_declared(one) for one in init],
            **spec,
        },
        "status": {
            "phase": "Running" if ready else "Pending",
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [_status(one) for one in containers],
            "initContainerStatuses": [_status(one) for one in init],
        },
    }
    if host:
        made["spec"]["nodeName"] = host
    if owner:
        kind, owner_name = owner["kind"], owner["metadata"]["name"]
        if kind == "Deployment":
            kind, owner_name = "ReplicaSet", f"{owner_name}-5d4c"
        made["metadata"]["ownerReferences"] = [{"kind": kind, "name": owner_name, "controller": True}]
        made["metadata"]["labels"] = {**owner["spec"]["template"]["metadata"]["labels"], **made["metadata"]["labels"]}
    return made


def waiting(
    name: str, reason: str, message: str = "", *, last: Json | None = None, restarts: int = 0, **more: Any
) -> Json:
    state = {"waiting": {"reason": reason, "message": message}}
    return {
        "name": name,
        "state": state,
        "lastState": {"terminated": last} if last else {},
        "restartCount": restarts,
        **more,
    }


def running(name: str, *, ready: bool = False, last: Json | None = None, restarts: int = 0, **more: Any) -> Json:
    state = {"running": {"startedAt": "2026-01-01T00:01:00Z"}}
    return {
        "name": name,
        "state": state,
        "ready": ready,
        "lastState": {"terminated": last} if last else {},
        "restartCount": restarts,
        **more,
    }


def ended(name: str, code: int, *, restarts: int = 0, **more: Any) -> Json:
    return {
        "name": name,
        "state": {"terminated": {"exitCode": code, **more}},
        "restartCount": restarts,
        "ready": code == 0,
    }


def event(
    about: Json, reason: str, message: str, *, at: str = "2026-01-01T00:02:00Z", container: str | None = None
) -> Json:
    subject = {"kind": about["kind"], "name": about["metadata"]["name"], "uid": about["metadata"].get("uid")}
    if container:
        subject["fieldPath"] = f"spec.containers{{{container}}}"
    name = f"{about['metadata']['name']}.{reason}.{at}"
    return {
        "kind": "Event",
        "metadata": {"name": name},
        "involvedObject": subject,
        "reason": reason,
        "message": message,
        "lastTimestamp": at,
    }


def _declared(status: Json) -> Json:
    return {key: status[key] for key in ("name", "image", "resources", "env") if key in status}


def _status(status: Json) -> Json:
    return {key: value for key, value in status.items() if key not in ("resources", "env")}
