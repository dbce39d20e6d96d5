"""The plan: what an installation would do to each release, why, and what stands in its way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from sturnus.applications.engine.decisions import Running
from sturnus.applications.overrides.secret_values import secrets_in
from sturnus.applications.plan import objects, placing
from sturnus.applications.plan.objects import Object, ObjectChange, ObjectDifference, ObjectName
from sturnus.applications.plan.placing import HostRoom, Obstacle
from sturnus.applications.plan.values import IsSecret, ValueChange, changes
from sturnus.applications.release import ReleaseName


class Change(StrEnum):
    """What happens to a release."""

    INSTALL = "install"
    """It is not in the cluster."""
    UPGRADE = "upgrade"
    """It is there, and is not what is wanted."""
    UNCHANGED = "unchanged"
    """It is as wanted: nothing is written."""
    REMOVE = "remove"
    """It is there, and is not wanted any more."""


@dataclass(frozen=True, slots=True)
class Side:
    """A release as it is, or as it would be."""

    chart: str  # "keystone 0.1.0"
    digest: str | None  # None: not made by this platform
    values: Mapping[str, Any]
    manifest: Sequence[Object]  # without hooks
    chart_values: Mapping[str, Any] = field(default_factory=dict)  # the chart's own: they may hold secrets, too


@dataclass(frozen=True, slots=True)
class ReleasePair:
    """What is there of a release, and what is wanted of it."""

    name: ReleaseName
    running: Running | None  # None: Helm does not know it
    before: Side | None  # None: as `running`
    after: Side | None  # None: not wanted
    missing: tuple[str, ...] = ()  # objects of its record that are not in the cluster


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """All that decides what a plan says."""

    application: str
    version: str
    releases: Sequence[ReleasePair]
    hosts: Sequence[HostRoom] | None  # None: the cluster was not asked
    kinds: Collection[str] | None  # "apps/v1/Deployment" that the cluster serves; None: it was not asked
    images_missing: Mapping[ReleaseName, Sequence[str]]  # in the local registry
    is_secret: IsSecret
    secrets: Collection[str]  # values wanted that must not be shown; those of before are found here


@dataclass(frozen=True, slots=True)
class PlannedRelease:
    """What happens to one release."""

    name: ReleaseName
    change: Change
    reason: str
    chart: str
    values: tuple[ValueChange, ...]
    objects: tuple[ObjectDifference, ...]
    images_missing: tuple[str, ...]
    fingerprint: str  # of what is there and what is wanted: differs once the world has moved

    @property
    def jobs_replaced(self) -> list[str]:
        """Jobs that are deleted and made anew, since they cannot be changed."""
        return [each.name.name for each in self.objects if each.change is ObjectChange.REPLACE]

    @property
    def restarts(self) -> list[str]:
        """Workloads whose pods are replaced."""
        return [str(each.name) for each in self.objects if each.restarts]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an installation would do."""

    application: str
    version: str
    releases: tuple[PlannedRelease, ...]
    obstacles: tuple[Obstacle, ...]

    @property
    def is_empty(self) -> bool:
        """Nothing would be written."""
        return all(release.change is Change.UNCHANGED for release in self.releases)

    @property
    def digest(self) -> str:
        """By this an operator names the plan that he read."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, default=str).encode()).hexdigest()[:16]


def make(facts: PlanFacts, more: Iterable[Obstacle] = ()) -> Plan:
    """Make the plan. The order of the releases is kept. `more`: what the platform's hooks have against it."""
    # A password that changes stands in what is there now, and is a secret still.
    before = [pair.before for pair in facts.releases if pair.before is not None]
    old = (secrets_in(values, facts.is_secret) for side in before for values in (side.values, side.chart_values))
    secrets = frozenset(facts.secrets).union(*old)
    return Plan(
        facts.application,
        facts.version,
        tuple(_planned(pair, facts.is_secret, facts.images_missing, secrets) for pair in facts.releases),
        (*more, *obstacles(facts.releases, facts.hosts, facts.kinds)),
    )


def obstacles(
    releases: Sequence[ReleasePair], hosts: Sequence[HostRoom] | None, kinds: Collection[str] | None
) -> list[Obstacle]:
    """What in the cluster stands against an installation. None: the cluster was not asked (`PlanFacts`)."""
    new = _new(releases)
    found = [] if kinds is None else _unknown_kinds(new, kinds)
    if hosts is not None:
        asked = [demand for pair in new for demand in placing.demands(_manifest(pair.after))]
        # A DaemonSet without hosts is at rest, and waits for nobody.
        waiting = [demand for demand in asked if demand.kind != "DaemonSet"]
        found += placing.without_hosts(waiting, hosts) + placing.without_room(asked, hosts)
    return found


def replaced(releases: Sequence[ReleasePair]) -> frozenset[ObjectName]:
    """The workloads that an installation replaces: their pods go, and what they asked for is free for the new ones."""
    return frozenset(
        ObjectName(found.kind, found.namespace or pair.name.namespace, found.name)
        for pair in _new(releases)
        for found in map(objects.name_of, _manifest(pair.before))
    )


def _new(releases: Sequence[ReleasePair]) -> list[ReleasePair]:
    """Those that are not as wanted, and will be."""
    wanted = [pair for pair in releases if pair.after is not None]
    return [pair for pair in wanted if _change(pair)[0] is not Change.UNCHANGED]


def moved(then: Plan, now: Plan) -> list[str]:
    """What is different now from what the plan was made from: one sentence each; none: it still holds."""
    old = {release.name: release for release in then.releases}
    new = {release.name: release for release in now.releases}
    sentences = [] if then.version == now.version else [f"the version is {now.version} now, and was {then.version}"]
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            sentences.append(f"{name.name} is {'not ' if after is None else ''}part of the application now")
        elif before.fingerprint != after.fingerprint:
            was = f", and was {before.change.value}" if before.change is not after.change else ""
            sentences.append(f"{name.name}: {after.change.value}, {after.reason}{was}")
    return sentences


def _planned(
    pair: ReleasePair,
    is_secret: IsSecret,
    images_missing: Mapping[ReleaseName, Sequence[str]],
    secrets: Collection[str],
) -> PlannedRelease:
    change, reason = _change(pair)
    sides = [side for side in (pair.after, pair.before) if side is not None]
    before, after = pair.before, pair.after
    same = change is Change.UNCHANGED
    return PlannedRelease(
        name=pair.name,
        change=change,
        reason=reason,
        chart=_chart(before, after),
        values=() if same else tuple(changes(_values(before), _values(after), is_secret)),
        objects=() if same else tuple(objects.differences(_manifest(before), _manifest(after), secrets)),
        images_missing=tuple(images_missing.get(pair.name, ())),
        fingerprint=_fingerprint(pair, sides),
    )


def _change(pair: ReleasePair) -> tuple[Change, str]:
    running, after = pair.running, pair.after
    if after is None:
        return Change.REMOVE, "not part of the application any more"
    if running is None or running.status == "uninstalled":
        return Change.INSTALL, "not in the cluster"
    why = _why_upgrade(running, after, pair.missing)
    return (
        (Change.UNCHANGED, f"revision {running.revision} is what is wanted") if why is None else (Change.UPGRADE, why)
    )


def _why_upgrade(running: Running, after: Side, missing: Sequence[str]) -> str | None:
    if running.status != "deployed":
        return f"revision {running.revision} is {running.status}"
    if running.digest is None:
        return "it was not installed by this platform"
    if running.digest != after.digest:
        return "chart, values or options changed"
    return f"{', '.join(missing[:3])} is gone from the cluster" if missing else None


def _chart(before: Side | None, after: Side | None) -> str:
    if before is None or after is None or before.chart == after.chart:
        side = after or before
        return "" if side is None else side.chart
    return f"{before.chart} → {after.chart}"


def _values(side: Side | None) -> Mapping[str, Any]:
    return {} if side is None else side.values


def _manifest(side: Side | None) -> Sequence[Object]:
    return () if side is None else side.manifest


def _fingerprint(pair: ReleasePair, sides: Iterable[Side]) -> str:
    running = pair.running
    there = None if running is None else (running.revision, running.status, running.digest)
    text = repr((there, pair.after is None, [side.digest for side in sides], pair.missing))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _unknown_kinds(pairs: Iterable[ReleasePair], kinds: Collection[str]) -> list[Obstacle]:
    known = set(kinds)
    every = [(pair, each) for pair in pairs for each in _manifest(pair.after)]
    known |= {kind for _, each in every for kind in _defined_by(each)}
    missing: dict[str, str] = {}
    for pair, each in every:
        kind = f"{each.get('apiVersion', '')}/{each.get('kind', '')}"
        if kind not in known:
            missing.setdefault(kind, pair.name.name)
    return [
        Obstacle(release, f"the cluster serves no {kind}", "install what defines it, or use a chart for this cluster")
        for kind, release in missing.items()
    ]


def _defined_by(found: Object) -> list[str]:
    """The kinds that a CustomResourceDefinition of the same application brings."""
    if found.get("kind") != "CustomResourceDefinition":
        return []
    spec: Any = found.get("spec") or {}
    kind = (spec.get("names") or {}).get("kind", "")
    return [f"{spec.get('group', '')}/{version.get('name', '')}/{kind}" for version in spec.get("versions") or []]
