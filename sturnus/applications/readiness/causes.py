"""Why a workload is not ready: its pods are looked at one after the other, and what they wait for one level further."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from sturnus.applications.readiness import dependencies
from sturnus.applications.readiness.containers import (
    Found,
    crash_in_words,
    cut,
    last_error,
    probe_trouble,
    statuses,
    trouble,
)
from sturnus.applications.readiness.dependencies import Blocker, Missing, place
from sturnus.applications.readiness.evidence import Evidence
from sturnus.applications.readiness.objects import (
    condition,
    events_of,
    name_of,
    pod_is_ready,
    pods_of,
    spec_of,
    status_of,
    template_of,
)
from sturnus.applications.readiness.reason import SEVERITY, Cause, Reason
from sturnus.applications.readiness.rules import Failed, NotReady, Ready, state
from sturnus.applications.readiness.scheduling import claim_reason, missing_labels, unschedulable, wants
from sturnus.kubernetes.snapshot import Json, Snapshot, Watched

_VOLUMES: Final = frozenset({"FailedMount", "FailedAttachVolume", "FailedMapVolume"})
_SANDBOX: Final = frozenset({"FailedCreatePodSandBox", "NetworkNotReady", "FailedKillPod"})
_MOUNT: Final = re.compile(r'MountVolume\.\w+ failed for volume "(?P<volume>[^"]+)"[^:]*:\s*(?P<why>.*)', re.DOTALL)


def workload_reasons(kind: Watched, item: Json, snapshot: Snapshot, evidence: Evidence) -> list[Reason]:
    """Every cause that keeps a workload from being ready, the worst first; none if it is ready."""
    if isinstance(found := state(item), Ready):
        return []
    subject = f"{kind.value} {name_of(item)}"
    if kind is Watched.CLAIM:
        return [
            Reason(Cause.VOLUME, subject, f"has no volume: {claim_reason(item, snapshot) or 'none has been made yet'}")
        ]
    pods = [item] if kind is Watched.POD else pods_of(item, kind, snapshot)
    reasons = [pod_reason(pod, snapshot, evidence) for pod in pods if not _is_done(pod)] or _crashed(pods, evidence)
    if refused := _refusal(kind, item, snapshot):
        reasons.append(Reason(Cause.REFUSED, subject, f"cannot make pods: {refused}"))
    if isinstance(found, Failed):
        reasons.append(Reason(Cause.FAILED, subject, cut(found.reason)))
    if not reasons:
        reasons = [Reason(Cause.STARTING, subject, found.reason if isinstance(found, NotReady) else "is not ready")]
    return sorted(reasons, key=lambda reason: (SEVERITY[reason.cause], reason.subject))


def _crashed(pods: Sequence[Json], evidence: Evidence) -> list[Reason]:
    """Pods that look well now, with a container that has crashed: without a probe it is ready as soon as it runs."""
    return [
        Reason(cause, f"pod {place(pod)}", text)
        for pod in pods
        for status in statuses(pod, init=False)
        if last_error(status)
        for cause, text in [crash_in_words(pod, status, evidence)]
    ]


def pod_reason(pod: Json, snapshot: Snapshot, evidence: Evidence, *, follow: int = 1) -> Reason:
    """The one cause that keeps a pod from being ready. Dependencies are followed `follow` levels."""
    cause, text = _pod_cause(pod, snapshot, evidence, follow)
    return Reason(cause, f"pod {place(pod)}", text)


def _pod_cause(pod: Json, snapshot: Snapshot, evidence: Evidence, follow: int) -> Found:
    if not spec_of(pod).get("nodeName"):
        return unschedulable(pod, snapshot, evidence)
    if status_of(pod).get("phase") == "Failed":
        told = _container_trouble(pod, snapshot, evidence)
        return told or (
            Cause.FAILED,
            f"failed: {status_of(pod).get('message') or status_of(pod).get('reason') or 'see its log'}",
        )
    if (
        found := _host_trouble(pod, snapshot)
        or _container_trouble(pod, snapshot, evidence)
        or _setup_trouble(pod, snapshot)
    ):
        return found
    return _waiting(pod, snapshot, evidence, follow)


def _host_trouble(pod: Json, snapshot: Snapshot) -> Found | None:
    node = snapshot.nodes.get(spec_of(pod).get("nodeName", ""))
    if node is None or condition(node, "Ready").get("status") in (None, "True"):
        return None
    return Cause.HOST, f"is not ready: host {name_of(node)} does not answer"


def _container_trouble(pod: Json, snapshot: Snapshot, evidence: Evidence) -> Found | None:
    found = [trouble(pod, one, snapshot, evidence) for part in (True, False) for one in statuses(pod, init=part)]
    return min((one for one in found if one), key=lambda one: SEVERITY[one[0]], default=None)


def _setup_trouble(pod: Json, snapshot: Snapshot) -> Found | None:
    """What the kubelet meets before the first container runs."""
    started = any(
        "waiting" not in (one.get("state") or {}) for part in (True, False) for one in statuses(pod, init=part)
    )
    if started:
        return None
    for event in events_of(pod, Watched.POD, snapshot):
        message = str(event.get("message", ""))
        if event.get("reason") in _VOLUMES:
            mount = _MOUNT.search(message)
            words = (
                f"cannot mount volume {mount['volume']}: {cut(mount['why'])}"
                if mount
                else f"waits for a volume: {cut(message)}"
            )
            return Cause.VOLUME, words
        if event.get("reason") in _SANDBOX:
            return Cause.SANDBOX, f"cannot be set up: {cut(message)}"
    return None


def _waiting(pod: Json, snapshot: Snapshot, evidence: Evidence, follow: int) -> Found:
    """What a pod is at that nothing is wrong with."""
    for status in statuses(pod, init=True):
        if not status.get("ready") and not (status.get("state") or {}).get("terminated"):
            return _init_waiting(pod, status, snapshot, evidence, follow)
    for status in statuses(pod, init=False):
        if not status.get("ready") and (found := probe_trouble(pod, status, snapshot)):
            return found
    slow = [str(one["name"]) for one in statuses(pod, init=False) if not one.get("ready")]
    if not slow:
        return Cause.STARTING, "is being set up"
    begun = any("running" in (one.get("state") or {}) for one in statuses(pod, init=False))
    return Cause.STARTING, f"is {'running' if begun else 'starting'}, container {slow[0]} is not ready yet"


def _init_waiting(pod: Json, status: Json, snapshot: Snapshot, evidence: Evidence, follow: int) -> Found:
    lacking = dependencies.missing(pod, snapshot)
    if lacking:
        ranked = sorted(
            ((one, *_why(one, pod, snapshot, evidence, follow)) for one in lacking), key=lambda one: SEVERITY[one[1]]
        )
        first, _, why = ranked[0]
        more = f" (and {len(lacking) - 1} more)" if len(lacking) > 1 else ""
        return Cause.DEPENDENCY, f"waits for {first.what}{more}" + (f": {why}" if why else "")
    if others := dependencies.elsewhere(pod, snapshot):
        other = others[0]
        named = other.name or f"with labels {dependencies.in_words(dict(other.labels))}"
        return Cause.DEPENDENCY, f"waits for {other.kind.lower()} {named} in namespace {other.namespace}"
    if "running" in (status.get("state") or {}):
        return Cause.STARTING, f"is starting, init container {status['name']} runs"
    return Cause.STARTING, f"is starting, init container {status['name']} has not run yet"


def _why(  # noqa: PLR0911 -- one answer a case, the certain ones first
    missing: Missing, pod: Json, snapshot: Snapshot, evidence: Evidence, follow: int
) -> tuple[Cause, str]:
    """Why a dependency is not there."""
    blocker = missing.blocker
    if blocker is None:
        return Cause.MISSING, "it does not exist"
    if blocker.kind is Watched.SERVICE:
        return Cause.MISSING, "no workload makes pods for it"
    if missing.dependency.same_node and (away := _not_on_node(blocker, pod, snapshot)):
        return Cause.UNSCHEDULABLE, away
    if isinstance(found := state(blocker.item), Failed):
        return Cause.FAILED, found.reason
    if follow <= 0:
        return Cause.DEPENDENCY, ""
    waiting = [
        one for one in pods_of(blocker.item, blocker.kind, snapshot) if not pod_is_ready(one) and not _is_done(one)
    ]
    if missing.dependency.same_node:
        waiting = [one for one in waiting if spec_of(one).get("nodeName") == spec_of(pod).get("nodeName")]
    reasons = [pod_reason(one, snapshot, evidence, follow=follow - 1) for one in waiting]
    if refused := _refusal(blocker.kind, blocker.item, snapshot):
        return Cause.REFUSED, f"it cannot make pods: {refused}"
    if not reasons:
        return Cause.STARTING, f"it {found.reason}" if isinstance(found, NotReady) else ""
    worst = min(reasons, key=lambda reason: (SEVERITY[reason.cause], reason.subject))
    return worst.cause, worst.sentence


def _not_on_node(blocker: Blocker, pod: Json, snapshot: Snapshot) -> str | None:
    """That a workload has no pod on the pod's host, and why."""
    host = str(spec_of(pod).get("nodeName"))
    if any(spec_of(one).get("nodeName") == host for one in pods_of(blocker.item, blocker.kind, snapshot)):
        return None
    template, node = spec_of(template_of(blocker.item)), snapshot.nodes.get(host)
    if node is None or wants(template, node):
        return f"it has no pod on {host}"
    everywhere = missing_labels(template, [snapshot.nodes[name] for name in sorted(snapshot.nodes)])
    return (
        everywhere or (missing_labels(template, [node]) or "").replace("no host has", f"{host} does not have") or None
    )


def _refusal(kind: Watched, item: Json, snapshot: Snapshot) -> str | None:
    """That its controller is not allowed to make pods: quotas, pod security, webhooks."""
    if kind is Watched.DEPLOYMENT:
        failure = condition(item, "ReplicaFailure")
        messages: Iterator[str] = iter([str(failure.get("message"))] if failure.get("status") == "True" else ())
    else:
        messages = (
            str(one.get("message")) for one in events_of(item, kind, snapshot) if one.get("reason") == "FailedCreate"
        )
    for message in messages:
        # The name in front is that of a pod which does not exist, and another one each time.
        return cut(message.rpartition(" is forbidden: ")[2].removeprefix("Error creating: "))
    return None


def _is_done(pod: Json) -> bool:
    return pod_is_ready(pod) or status_of(pod).get("phase") == "Succeeded"
