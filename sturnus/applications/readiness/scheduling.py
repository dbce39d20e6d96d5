"""Why no host takes a pod: its selector fits none, they are closed to it, or have no room.

The scheduler counts ("0/3 nodes are available: 2 node(s) didn't match Pod's node affinity/selector") and does not say
which label is missing. That is worked out here from the same facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sturnus.applications.readiness.evidence import Evidence
from sturnus.applications.readiness.objects import (
    condition,
    events_of,
    has_labels,
    labels_of,
    name_of,
    spec_of,
    status_of,
)
from sturnus.applications.readiness.reason import Cause
from sturnus.kubernetes.label_selection import fits
from sturnus.kubernetes.quantities import bytes_in_words, quantity
from sturnus.kubernetes.room import requests
from sturnus.kubernetes.snapshot import Json, Snapshot, Watched

_SHUTS_OUT: Final = ("NoSchedule", "NoExecute")


def unschedulable(pod: Json, snapshot: Snapshot, evidence: Evidence) -> tuple[Cause, str]:
    """The cause, and a text that continues "pod nova-compute-x2x"."""
    nodes = [snapshot.nodes[name] for name in sorted(snapshot.nodes)]
    said = str(condition(pod, "PodScheduled").get("message") or "the scheduler has not looked at it yet")
    if claims := _waiting_claims(pod, snapshot):
        return Cause.VOLUME, f"waits for volume {claims[0]}"
    if not nodes:
        return Cause.UNSCHEDULABLE, f"fits no host: {said}"
    fitting = [node for node in nodes if wants(spec_of(pod), node)]
    if not fitting:
        return Cause.UNSCHEDULABLE, f"fits no host: {missing_labels(spec_of(pod), nodes) or said}"
    if closed := _closed(pod, fitting):
        return Cause.UNSCHEDULABLE, f"fits no host: {closed}"
    if "Insufficient" in said or "Too many pods" in said:
        return Cause.UNSCHEDULABLE, f"fits no host: {_no_room(pod, fitting, said, evidence)}"
    return Cause.UNSCHEDULABLE, f"fits no host: {said}"


def missing_labels(pod_spec: Json, nodes: Sequence[Json]) -> str | None:
    """Which labels keep a pod from all of these hosts: "no host has label openvswitch=enabled"; None: none do."""
    selector: Mapping[str, str] = pod_spec.get("nodeSelector") or {}
    missing = [
        f"{key}={value}"
        for key, value in sorted(selector.items())
        if not any(has_labels(n, {key: value}) for n in nodes)
    ]
    if missing:
        return f"no host has label {' or '.join(missing)}"
    if selector and not any(has_labels(node, selector) for node in nodes):
        return "no host has all of the labels " + ", ".join(f"{key}={value}" for key, value in sorted(selector.items()))
    terms = _affinity_terms(pod_spec)
    if terms and not any(_term_fits(term, node) for term in terms for node in nodes):
        return "no host has " + " or ".join(_term_in_words(term) for term in terms)
    return None


def wants(pod_spec: Json, node: Json) -> bool:
    """Whether selector and required affinity of a pod allow this host."""
    terms = _affinity_terms(pod_spec)
    return has_labels(node, pod_spec.get("nodeSelector") or {}) and (
        not terms or any(_term_fits(term, node) for term in terms)
    )


def _closed(pod: Json, nodes: Sequence[Json]) -> str | None:
    """Why all of these hosts refuse the pod; None if one of them does not."""
    refusals = [(node, _refusal(pod, node)) for node in nodes]
    if not all(refusal for _, refusal in refusals):
        return None
    first, refusal = refusals[0]
    others = f" (and {len(nodes) - 1} more)" if len(nodes) > 1 else ""
    return f"{name_of(first)}{others} {refusal}"


def _refusal(pod: Json, node: Json) -> str | None:
    tolerations: Sequence[Json] = spec_of(pod).get("tolerations") or ()
    for taint in spec_of(node).get("taints") or ():
        if taint.get("effect") in _SHUTS_OUT and not any(_tolerates(one, taint) for one in tolerations):
            if taint["key"] == "node.kubernetes.io/unschedulable":
                return "takes no new pods (cordoned)"
            value = f"={taint['value']}" if taint.get("value") else ""
            return f"has taint {taint['key']}{value}:{taint['effect']}"
    return None


def _tolerates(toleration: Json, taint: Json) -> bool:
    if toleration.get("effect") not in (None, "", taint.get("effect")):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint.get("key"))
    return toleration.get("key") == taint.get("key") and (toleration.get("value") or "") == (taint.get("value") or "")


def _no_room(pod: Json, nodes: Sequence[Json], said: str, evidence: Evidence) -> str:
    asked = requests(spec_of(pod))
    known = {name_of(node): evidence.room[name_of(node)] for node in nodes if name_of(node) in evidence.room}
    if "Insufficient memory" in said:
        wanted = f"it asks for {bytes_in_words(asked['memory'])} of memory"
        if not known:
            largest = max(int(quantity((status_of(node).get("allocatable") or {}).get("memory"))) for node in nodes)
            return f"{wanted}; the largest has {bytes_in_words(largest)}"
        best = max(known, key=lambda host: (known[host].memory, host))
        return f"{wanted}; {best} has the most left: {bytes_in_words(max(known[best].memory, 0))}"
    if "Insufficient cpu" in said:
        wanted = f"it asks for {asked['cpu'] / 1000:g} cores"
        if not known:
            return wanted
        best = max(known, key=lambda host: (known[host].cpu, host))
        return f"{wanted}; {best} has the most left: {max(known[best].cpu, 0) / 1000:g}"
    if "Too many pods" in said:
        return "each runs as many pods as it may"
    return said


def _waiting_claims(pod: Json, snapshot: Snapshot) -> list[str]:
    """Claims of the pod that keep it from being scheduled, each with its reason."""
    found = []
    for volume in spec_of(pod).get("volumes") or ():
        name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if not name:
            continue
        claim = snapshot.of(Watched.CLAIM).get(name)
        if claim is None:
            found.append(f"claim {name}, which does not exist")
        elif reason := claim_reason(claim, snapshot):
            found.append(f"claim {name}: {reason}")
    return found


def claim_reason(claim: Json, snapshot: Snapshot) -> str | None:
    """Why a claim has no volume; None if it has one, or is only waiting for its first pod to get a host."""
    if status_of(claim).get("phase") == "Bound":
        return None
    for event in events_of(claim, Watched.CLAIM, snapshot):
        return str(event.get("message", ""))
    if not spec_of(claim).get("storageClassName"):
        return "it names no storage class, and the cluster has no default"
    return None


def _affinity_terms(pod_spec: Json) -> Sequence[Json]:
    affinity = (pod_spec.get("affinity") or {}).get("nodeAffinity") or {}
    terms: Sequence[Json] = (affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get(
        "nodeSelectorTerms"
    ) or ()
    return terms


def _term_fits(term: Json, node: Json) -> bool:
    fields = {"metadata.name": name_of(node)}
    return all(_fits(one, labels_of(node)) for one in term.get("matchExpressions") or ()) and all(
        _fits(one, fields) for one in term.get("matchFields") or ()
    )


def _fits(expression: Json, labels: Mapping[str, str]) -> bool:
    return fits(labels.get(expression["key"]), expression.get("operator"), list(expression.get("values") or []))


def _term_in_words(term: Json) -> str:
    words = []
    for one in (*(term.get("matchExpressions") or ()), *(term.get("matchFields") or ())):
        key, values = one["key"], " or ".join(one.get("values") or ())
        match one.get("operator"):
            case "Exists":
                words.append(f"label {key}")
            case "DoesNotExist":
                words.append(f"no label {key}")
            case "In":
                words.append(f"name {values}" if key == "metadata.name" else f"label {key}={values}")
            case operator:
                words.append(f"label {key} {operator} {values}".rstrip())
    return " and ".join(words)
