"""Turns a preparation into the tasks of an operation: what is wanted of each release, and with what. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sturnus.applications.engine.board import Task
from sturnus.applications.engine.cluster_eyes import Made
from sturnus.applications.engine.decisions import Absent, Chart, Revision
from sturnus.applications.engine.helm_hands import Work, is_worked_on
from sturnus.applications.engine.leftovers import Leftovers, leftovers_of
from sturnus.applications.order.graph import ReleaseGraph
from sturnus.applications.plan.objects import Object, jobs_to_replace
from sturnus.applications.plan.preparing import Prepared, PreparedRelease
from sturnus.applications.plan.survey import Found
from sturnus.applications.release import DEFAULT_TIMEOUT, Release, ReleaseName, Waiting
from sturnus.core.clock import Clock
from sturnus.helm.repair import Intent

NOTHING_AWAITED = Made(Waiting(()), ())


@dataclass(frozen=True, slots=True)
class Job:
    """One release in an operation: the task to follow, what it is done with, and what it makes."""

    task: Task
    chart: str
    work: Work
    made: Made
    leaves: Leftovers | None = None  # None: it stays


@dataclass(frozen=True, slots=True)
class Target:
    """An earlier revision of a release that is to come back."""

    name: ReleaseName
    revision: Revision
    chart: str
    manifest: Sequence[Object]  # its objects, without hooks
    release: Release | None  # as the version that had it described it; None: it is not in there


def to_install(prepared: Prepared, clock: Clock) -> list[Job]:
    """Have every wanted release as wanted; then remove those that are not part of the application any more."""
    wanted = [_installed(each, prepared.comes_after(each.name), clock) for each in prepared.releases]
    after_all = frozenset(each.name for each in prepared.releases)
    return wanted + [
        _removed(name, found, after_all, DEFAULT_TIMEOUT, clock) for name, found in prepared.removed.items()
    ]


def to_remove(
    releases: Iterable[Release], found: Mapping[ReleaseName, Found], graph: ReleaseGraph, clock: Clock
) -> list[Job]:
    """Take everything out, what needed others first. Releases that the manifest does not know any more go at once."""
    known = {release.id: release for release in releases}
    order = graph.reversed()
    jobs = []
    for name in [*order.releases, *sorted(found.keys() - set(order.releases))]:
        if name in found:
            unit = order.unit_of(name) if name in known and name in order.releases else None
            before = (
                frozenset()
                if unit is None
                else frozenset(each for other in order.before[unit] for each in other.members)
            )
            timeout = known[name].delete_timeout if name in known else DEFAULT_TIMEOUT
            jobs.append(_removed(name, found[name], before & found.keys(), timeout, clock))
    return jobs


def to_roll_back(
    targets: Sequence[Target], found: Mapping[ReleaseName, Found], graph: ReleaseGraph, clock: Clock
) -> list[Job]:
    """Bring releases back to earlier revisions, in the order of the version that had them; then remove the rest."""
    names = frozenset(target.name for target in targets)
    jobs = [_brought_back(each, found.get(each.name), _before(graph, each.name) & names, clock) for each in targets]
    rest = sorted(found.keys() - names)
    return jobs + [_removed(name, found[name], names, DEFAULT_TIMEOUT, clock) for name in rest]


def _before(graph: ReleaseGraph, name: ReleaseName) -> frozenset[ReleaseName]:
    if name not in graph.releases:
        return frozenset()
    return frozenset(member for unit in graph.before[graph.unit_of(name)] for member in unit.members)


def _installed(each: PreparedRelease, comes_after: frozenset[ReleaseName], clock: Clock) -> Job:
    release, found = each.wanted.release, each.found
    task = Task(
        name=each.name,
        wanted=Chart(each.wanted.digest),
        comes_after=comes_after,
        timeout=release.timeout,
        running=None if found is None else found.running,
        stale_jobs=each.stale_jobs,
        missing=() if found is None else found.missing,
        is_worked_on=found is not None and is_worked_on(found.revisions, Intent.KEEP, clock),
    )
    work = Work(Intent.KEEP, each.wanted, each.rendered, each.stale_jobs)
    return Job(task, release.chart.name, work, Made(release.waiting, each.manifest))


def _removed(
    name: ReleaseName, found: Found, comes_after: frozenset[ReleaseName], timeout: timedelta, clock: Clock
) -> Job:
    task = Task(
        name=name,
        wanted=Absent(),
        comes_after=comes_after,
        timeout=timeout,
        running=found.running,
        is_worked_on=is_worked_on(found.revisions, Intent.REMOVE, clock),
    )
    chart = "" if found.record is None else found.record.chart
    return Job(task, chart, Work(Intent.REMOVE), NOTHING_AWAITED, leftovers_of(found))


def _brought_back(target: Target, found: Found | None, comes_after: frozenset[ReleaseName], clock: Clock) -> Job:
    release, there = target.release, () if found is None else found.manifest
    stale = tuple(jobs_to_replace(there, target.manifest))
    task = Task(
        name=target.name,
        wanted=target.revision,
        comes_after=comes_after,
        timeout=DEFAULT_TIMEOUT if release is None else release.timeout,
        running=None if found is None else found.running,
        stale_jobs=stale,
        is_worked_on=found is not None and is_worked_on(found.revisions, Intent.KEEP, clock),
    )
    waiting = Waiting(None) if release is None else release.waiting
    return Job(task, target.chart, Work(Intent.KEEP, stale_jobs=stale), Made(waiting, tuple(target.manifest)))
