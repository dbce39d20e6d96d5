"""Which objects a release waits for: those it made, or those that its manifest names by labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sturnus.applications.readiness.objects import has_labels, is_ending, labels_of, owner_of, spec_of, status_of
from sturnus.applications.readiness.rules import ALL
from sturnus.applications.release import WaitFor, Waiting
from sturnus.kubernetes.snapshot import Json, Snapshot, Watched

AWAITED: Final = (Watched.DEPLOYMENT, Watched.STATEFUL_SET, Watched.DAEMON_SET, Watched.JOB, Watched.POD)
"""Kinds that a release waits for unless its manifest says otherwise."""
_KINDS: Final = {kind.value.lower(): kind for kind in AWAITED}
_HOOK: Final = "helm.sh/hook"
_RELEASE: Final = "meta.helm.sh/release-name"


@dataclass(frozen=True, slots=True)
class Awaited:
    """One object that has to be ready."""

    kind: Watched
    name: str
    item: Json | None  # None: it is not there
    min_ready: str = ALL


@dataclass(frozen=True, slots=True)
class NothingFound:
    """A selector of the manifest that fits no object: the classic mistake in `wait.labels`."""

    kind: str
    labels: Mapping[str, str]


def awaited(
    release: str, waiting: Waiting, made: Iterable[Mapping[str, Any]], snapshot: Snapshot
) -> Iterator[Awaited | NothingFound]:
    """What has to be ready before a release is.

    `made` are the objects of the release's manifest as rendered, without hooks, which Helm has awaited; `release` its
    name.
    """
    if waiting.workloads is None:
        yield from _made(made, snapshot)
    else:
        for wanted in waiting.workloads:
            yield from _selected(release, wanted, snapshot)


def _made(made: Iterable[Mapping[str, Any]], snapshot: Snapshot) -> Iterator[Awaited]:
    for content in made:
        kind = _KINDS.get(str(content.get("kind")).lower())
        metadata = content.get("metadata") or {}
        if kind is None or metadata.get("namespace", snapshot.namespace) != snapshot.namespace:
            continue
        item = snapshot.of(kind).get(metadata.get("name", ""))
        if item is None and "ttlSecondsAfterFinished" in spec_of(content):
            continue  # a Job that is done and has removed itself
        yield Awaited(kind, str(metadata.get("name")), item)


def _selected(release: str, wanted: WaitFor, snapshot: Snapshot) -> Iterator[Awaited | NothingFound]:
    kind = _KINDS.get(wanted.kind.lower())
    found = [] if kind is None else sorted(_fitting(release, kind, wanted.labels, snapshot).items())
    if kind is None or not found:
        yield NothingFound(wanted.kind, wanted.labels)
        return
    yield from (Awaited(kind, name, item, wanted.min_ready) for name, item in found)


def _fitting(release: str, kind: Watched, labels: Mapping[str, str], snapshot: Snapshot) -> dict[str, Json]:
    return {
        name: item
        for name, item in snapshot.of(kind).items()
        if not is_ending(item)
        and (has_labels(item, labels) if labels else _belongs(item, release))
        and not _comes_and_goes(item, kind)
    }


def _belongs(item: Json, release: str) -> bool:
    annotations = item.get("metadata", {}).get("annotations") or {}
    # Pods carry no mark of Helm's; charts label them after their release.
    marks = (
        annotations.get(_RELEASE),
        labels_of(item).get("app.kubernetes.io/instance"),
        labels_of(item).get("release_group"),
    )
    return release in marks


def _comes_and_goes(item: Json, kind: Watched) -> bool:
    """Tests, what was evicted, what a Job or a CronJob runs."""
    if kind is Watched.JOB:
        return owner_of(item).get("kind") == "CronJob"
    if kind is not Watched.POD:
        return False
    hook = (item.get("metadata", {}).get("annotations") or {}).get(_HOOK, "")
    return "test" in hook or status_of(item).get("reason") == "Evicted" or owner_of(item).get("kind") == "Job"
