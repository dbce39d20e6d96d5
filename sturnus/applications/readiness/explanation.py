"""A release in one look: how many of its workloads are ready, and why the others are not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sturnus.applications.readiness.causes import workload_reasons
from sturnus.applications.readiness.containers import log_of, statuses
from sturnus.applications.readiness.dependencies import in_words
from sturnus.applications.readiness.evidence import NONE, Evidence, LogOf
from sturnus.applications.readiness.objects import pods_of, spec_of
from sturnus.applications.readiness.reason import SEVERITY, Cause, Reason
from sturnus.applications.readiness.rules import Failed, Ready, State, state
from sturnus.applications.readiness.selection import AWAITED, Awaited, NothingFound, awaited
from sturnus.applications.release import Waiting
from sturnus.kubernetes.snapshot import Json, Snapshot, Watched

LONGEST: Final = 255
"""Characters of a sentence: what the old client's column holds."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far a release is."""

    ready: int
    total: int
    failed: bool  # one of its workloads will not become ready unless somebody acts
    reasons: tuple[Reason, ...]  # the worst first; equal causes of several pods are one

    @property
    def is_ready(self) -> bool:
        """Whether nothing is left to wait for."""
        return self.ready == self.total

    @property
    def sentence(self) -> str:
        """The worst reason, cut to `LONGEST`; empty when ready."""
        return shortened(self.reasons[0].sentence) if self.reasons else ""

    @property
    def details(self) -> tuple[str, ...]:
        """Every reason, whole."""
        return tuple(reason.sentence for reason in self.reasons)


def readiness(
    release: str, waiting: Waiting, made: Iterable[Mapping[str, Any]], snapshot: Snapshot, evidence: Evidence = NONE
) -> Readiness:
    """Look at a release whose Helm operation is over.

    `made` are the objects of its manifest as rendered, without hooks; `release` is its name. The answer depends on
    nothing else, and not on the order of anything: the same cause gives the same sentence.
    """
    total = ready = 0
    failed = False
    reasons: list[Reason] = []
    for one in awaited(release, waiting, made, snapshot):
        total += 1
        found, why = _looked_at(one, snapshot, evidence)
        ready += isinstance(found, Ready)
        failed = failed or isinstance(found, Failed)
        reasons += why
    return Readiness(ready, total, failed, tuple(merged(reasons)))


def explain(kind: Watched, name: str, snapshot: Snapshot, evidence: Evidence = NONE) -> tuple[Reason, ...]:
    """Why one object is not ready, the worst first: for the hook at which Helm is. None if it is ready."""
    item = snapshot.of(kind).get(name)
    if item is None:
        return (Reason(Cause.MISSING, f"{kind.value} {name}", "does not exist"),)
    return tuple(merged(workload_reasons(kind, item, snapshot, evidence)))


def evidence_wanted(snapshot: Snapshot) -> frozenset[LogOf]:
    """The logs whose last lines would make reasons better.

    One that is wanted again is the same log, and need not be read again.
    """
    every = ((kind, item) for kind in AWAITED for item in snapshot.of(kind).values())
    late = ((kind, item) for kind, item in every if not isinstance(state(item), Ready))
    pods = (pod for kind, item in late for pod in ([item] if kind is Watched.POD else pods_of(item, kind, snapshot)))
    wanted = (log_of(pod, status) for pod in pods for part in (True, False) for status in statuses(pod, init=part))
    return frozenset(one for one in wanted if one)


def room_wanted(snapshot: Snapshot) -> bool:
    """Whether it would help to know what room hosts have left: a pod waits for it."""
    return any(_waits_for_room(pod) for pod in snapshot.of(Watched.POD).values())


def _waits_for_room(pod: Json) -> bool:
    if spec_of(pod).get("nodeName"):
        return False
    conditions: Iterable[Json] = (pod.get("status") or {}).get("conditions") or ()
    return any("Insufficient" in str(one.get("message")) for one in conditions)


def _looked_at(
    one: Awaited | NothingFound, snapshot: Snapshot, evidence: Evidence
) -> tuple[State | None, list[Reason]]:
    if isinstance(one, NothingFound):
        text = f"with labels {in_words(one.labels)} exists: are the labels of `wait` right?"
        return None, [Reason(Cause.MISSING, f"no {one.kind}", text)]
    if one.item is None:
        return None, [Reason(Cause.MISSING, f"{one.kind.value} {one.name}", "does not exist")]
    found = state(one.item, one.min_ready)
    return found, [] if isinstance(found, Ready) else workload_reasons(one.kind, one.item, snapshot, evidence)


def merged(reasons: Iterable[Reason]) -> Iterator[Reason]:
    """The same cause at several pods, said once with the first of them; the worst first."""
    groups: dict[tuple[Cause, str], list[Reason]] = {}
    for reason in sorted(reasons, key=lambda one: (SEVERITY[one.cause], one.subject, one.text)):
        groups.setdefault((reason.cause, reason.text), []).append(reason)
    for (cause, text), group in groups.items():
        subjects = {one.subject for one in group}
        more = f" (and {len(subjects) - 1} more)" if len(subjects) > 1 else ""
        yield Reason(cause, group[0].subject + more, text)


def shortened(text: str) -> str:
    """Cut to `LONGEST` characters."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
