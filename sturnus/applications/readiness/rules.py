"""When an object counts as ready (reference/applications.md §2.3): one rule a kind, and a sentence when it is not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sturnus.applications.readiness.objects import condition, is_true, owner_of, spec_of, status_of
from sturnus.kubernetes.snapshot import Json

ALL: Final = "100%"


@dataclass(frozen=True, slots=True)
class Ready:
    """It is what it was asked to be."""


@dataclass(frozen=True, slots=True)
class NotReady:
    """It is not yet; `reason` continues "Deployment keystone-api"."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """It will not be, unless somebody acts; `reason` as above."""

    reason: str


State = Ready | NotReady | Failed


def state(item: Json, min_ready: str = ALL) -> State:
    """The state of an object, as Kubernetes writes it in JSON. Kinds without a rule are ready once they exist.

    `min_ready` is a number or a share ("75%") of a controller's pods; for other kinds it means nothing.
    """
    rule = _RULES.get(str(item.get("kind")))
    return rule(item, min_ready) if rule else Ready()


def least(min_ready: str, total: int) -> int:
    """How many of `total` pods have to be there: `"75%"` of 3 is 3, `"2"` of 3 is 2."""
    if min_ready.endswith("%"):
        return math.ceil(total * float(min_ready[:-1]) / 100)
    return min(int(min_ready), total)


def _deployment(item: Json, min_ready: str) -> State:
    spec, status = spec_of(item), status_of(item)
    wanted = _number(spec, "replicas", 1)
    if not_seen := _not_seen(item):
        return not_seen
    if _number(status, "updatedReplicas") < wanted:
        return NotReady(f"has {_number(status, 'updatedReplicas')} of {wanted} pods of the new version")
    if old := _number(status, "replicas") - _number(status, "updatedReplicas"):
        return NotReady(f"still has {old} pods of the old version")
    return _enough(_number(status, "availableReplicas"), wanted, min_ready)


def _stateful_set(item: Json, min_ready: str) -> State:
    spec, status = spec_of(item), status_of(item)
    wanted = _number(spec, "replicas", 1)
    if not_seen := _not_seen(item):
        return not_seen
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") != "OnDelete":
        partition = _number(strategy.get("rollingUpdate") or {}, "partition")
        to_update = max(wanted - partition, 0)
        if status.get("updateRevision") != status.get("currentRevision") and (
            partition == 0 or _number(status, "updatedReplicas") < to_update
        ):
            return NotReady(f"has {_number(status, 'updatedReplicas')} of {to_update} pods of the new version")
    return _enough(_number(status, "readyReplicas"), wanted, min_ready)


def _daemon_set(item: Json, min_ready: str) -> State:
    status = status_of(item)
    wanted = _number(status, "desiredNumberScheduled")
    if not_seen := _not_seen(item):
        return not_seen
    # With OnDelete pods keep their version until somebody deletes them: that is for the operator to choose, not to wait
    # for.
    on_delete = (spec_of(item).get("updateStrategy") or {}).get("type") == "OnDelete"
    if not on_delete and _number(status, "updatedNumberScheduled") < wanted:
        return NotReady(f"has {_number(status, 'updatedNumberScheduled')} of {wanted} pods of the new version")
    return _enough(_number(status, "numberAvailable"), wanted, min_ready)


def _job(item: Json, _: str) -> State:
    if owner_of(item).get("kind") == "CronJob":  # it comes and goes by the clock
        return Ready()
    if is_true(item, "Complete"):
        return Ready()
    if is_true(item, "Failed"):
        return Failed(f"failed: {condition(item, 'Failed').get('message') or condition(item, 'Failed').get('reason')}")
    spec, status = spec_of(item), status_of(item)
    if spec.get("suspend"):
        return NotReady("is suspended")
    completions = _number(spec, "completions", 1)
    if "completions" in spec and _number(status, "succeeded") >= completions:
        return Ready()
    return NotReady(f"has finished {_number(status, 'succeeded')} of {completions} times")


def _pod(item: Json, _: str) -> State:
    phase = status_of(item).get("phase")
    if phase == "Succeeded" or (phase == "Running" and is_true(item, "Ready")):
        return Ready()
    if phase == "Failed":
        return Failed(f"failed: {status_of(item).get('message') or status_of(item).get('reason') or 'see its log'}")
    return NotReady("is not ready")


def _claim(item: Json, _: str) -> State:
    match status_of(item).get("phase"):
        case "Bound":
            return Ready()
        case "Lost":
            return Failed("has lost its volume")
        case _:
            return NotReady("has no volume yet")


_RULES: Final[Mapping[str, Callable[[Json, str], State]]] = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "Job": _job,
    "Pod": _pod,
    "PersistentVolumeClaim": _claim,
}


def _not_seen(item: Json) -> NotReady | None:
    """The status speaks of an older specification."""
    generation = item.get("metadata", {}).get("generation") or 0
    if (status_of(item).get("observedGeneration") or 0) < generation:
        return NotReady("has changed, and its controller has not looked at it yet")
    return None


def _enough(there: int, wanted: int, min_ready: str) -> State:
    return Ready() if there >= least(min_ready, wanted) else NotReady(f"has {there} of {wanted} pods ready")


def _number(where: Json, key: str, default: int = 0) -> int:
    value = where.get(key)
    return default if value is None else int(value)
