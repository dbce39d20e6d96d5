"""Where each release of one operation stands: written by the tasks that follow them, read by the reporter.

Everything here can be found out again from the cluster and the tables; it dies with the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sturnus.applications.engine.decisions import (
    Absent,
    Blocker,
    Decision,
    ReleaseFacts,
    Running,
    Step,
    Wanted,
    Workloads,
)
from sturnus.applications.engine.phases import DONE, ENDED, PHASE_OF_STEP
from sturnus.applications.release import ReleaseName
from sturnus.core.application_states import ReleasePhase
from sturnus.core.clock import Clock


@dataclass(frozen=True, slots=True)
class Task:
    """What is wanted of one release, and what was found of it before anything was done."""

    name: ReleaseName
    wanted: Wanted
    comes_after: frozenset[ReleaseName]
    timeout: timedelta
    running: Running | None = None
    stale_jobs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    is_worked_on: bool = False  # by somebody else's Helm


@dataclass(frozen=True, slots=True)
class Progress:
    """What an operator sees of a release."""

    name: ReleaseName
    phase: ReleasePhase
    reason: str
    started_at: datetime | None  # None: its turn has not come
    finished_at: datetime | None
    ready: int  # workloads
    total: int
    revision: int | None  # None: Helm does not know it


@dataclass(slots=True)
class _Entry:
    """What changes of a release while it is followed."""

    task: Task
    running: Running | None
    stale_jobs: tuple[str, ...]
    missing: tuple[str, ...]
    is_worked_on: bool
    phase: ReleasePhase = ReleasePhase.PENDING
    reason: str = "not looked at yet"
    failure: str | None = None
    touched: bool = False  # this operation changed something of it
    turn_came: float | None = None  # loop time in seconds; None: others come first
    started_at: datetime | None = None
    finished_at: datetime | None = None
    usable_at: datetime | None = None  # others could start from then on; None: no earlier than it is finished
    workloads: Workloads = field(default=Workloads(0, 0, None))


def _entry(task: Task) -> _Entry:
    return _Entry(task, task.running, task.stale_jobs, task.missing, task.is_worked_on)


def _lets_others_start(entry: _Entry) -> bool:
    return entry.phase in DONE or (entry.usable_at is not None and entry.phase is not ReleasePhase.FAILED)


class Board:
    """The releases of one operation. Belongs to one event loop."""

    def __init__(self, tasks: Collection[Task], clock: Clock) -> None:
        self._clock = clock
        self._entries = {task.name: _entry(task) for task in tasks}
        self._changed = asyncio.Event()
        self._news: set[ReleaseName] = set(self._entries)

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def listen(self) -> asyncio.Event:
        """What the next change sets. Ask before looking, or a change in between is missed."""
        return self._changed

    def facts(self, name: ReleaseName, workloads: Workloads) -> ReleaseFacts:
        """All that decides about a release now."""
        entry = self._entries[name]
        entry.workloads = workloads
        return ReleaseFacts(
            wanted=entry.task.wanted,
            running=entry.running,
            is_worked_on=entry.is_worked_on,
            blockers=self._blockers(entry.task),
            stale_jobs=entry.stale_jobs,
            missing=entry.missing,
            workloads=workloads,
            failure=entry.failure,
            late=self.time_left(name) <= 0,
        )

    def time_left(self, name: ReleaseName) -> float:
        """Seconds until a release is late; all of its time as long as its turn has not come."""
        entry = self._entries[name]
        whole = entry.task.timeout.total_seconds()
        if entry.turn_came is None:
            return whole
        return entry.turn_came + whole - asyncio.get_running_loop().time()

    def running(self, name: ReleaseName) -> Running | None:
        """The newest record known of a release."""
        return self._entries[name].running

    def progress(self, name: ReleaseName) -> Progress:
        """What an operator sees of a release."""
        entry = self._entries[name]
        return Progress(
            name=name,
            phase=entry.phase,
            reason=entry.reason,
            started_at=entry.started_at,
            finished_at=entry.finished_at,
            ready=entry.workloads.ready,
            total=entry.workloads.total,
            revision=None if entry.running is None else entry.running.revision,
        )

    def all_progress(self) -> list[Progress]:
        """Every release, in the order in which they were given."""
        return [self.progress(name) for name in self._entries]

    def failures(self) -> Mapping[ReleaseName, str]:
        """The releases that failed by themselves come first; those that needed them, after."""
        failed = {name: entry.reason for name, entry in self._entries.items() if entry.phase is ReleasePhase.FAILED}
        return dict(sorted(failed.items(), key=lambda item: self._entries[item[0]].failure is None))

    def news(self) -> list[Progress]:
        """What changed since the last call."""
        changed, self._news = self._news, set()
        return [self.progress(name) for name in self._entries if name in changed]

    # ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def decided(self, name: ReleaseName, decision: Decision) -> None:
        """A decision was taken: it is what an operator sees from now on."""
        entry = self._entries[name]
        if decision.step is not Step.WAIT and entry.turn_came is None:
            entry.turn_came = asyncio.get_running_loop().time()
            entry.started_at = entry.started_at or self._clock.now()
        phase = self._phase(entry, decision.step)
        if phase in ENDED and entry.finished_at is None:
            entry.finished_at = (entry.usable_at if phase in DONE else None) or self._clock.now()
        self._show(entry, phase, decision.reason)

    def note(self, name: ReleaseName, reason: str) -> None:
        """Something is heard of the step under way: `hook 3/11 keystone-db-sync`."""
        entry = self._entries[name]
        self._show(entry, entry.phase, reason)

    def usable(self, name: ReleaseName) -> None:
        """All is there that others wait for; Helm has only to hear of it."""
        entry = self._entries[name]
        if entry.usable_at is None:
            entry.usable_at = self._clock.now()
            self._ring(name)

    def did(self, name: ReleaseName, running: Running | None) -> None:
        """A step that changed the cluster was done; this is the newest record now."""
        entry = self._entries[name]
        entry.running, entry.touched, entry.missing = running, True, ()
        self._ring(name)

    def jobs_replaced(self, name: ReleaseName) -> None:
        """Nothing stands in the way of an upgrade any more."""
        entry = self._entries[name]
        entry.stale_jobs, entry.touched = (), True
        self._ring(name)

    def looked(self, name: ReleaseName, running: Running | None, *, is_worked_on: bool) -> None:
        """The record was read again."""
        entry = self._entries[name]
        entry.running, entry.is_worked_on = running, is_worked_on
        self._ring(name)

    def failed(self, name: ReleaseName, reason: str) -> None:
        """Helm could not do what was asked of it, and trying again would end alike."""
        self._entries[name].failure = reason
        self._ring(name)

    def waited_for_after_all(self, name: ReleaseName) -> None:
        """Others did not wait for this one; the operation does in the end, and its time begins anew."""
        entry = self._entries[name]
        entry.finished_at = entry.turn_came = None
        self._show(entry, ReleasePhase.WAITING, "looked at again, now that all releases are in the cluster")

    def aborted(self, reason: str) -> None:
        """The operator stopped the operation: what has not ended, ends here."""
        for entry in self._entries.values():
            if entry.phase not in ENDED:
                entry.finished_at = self._clock.now()
                self._show(entry, ReleasePhase.ABORTED, f"{reason} while {entry.phase.value}: {entry.reason}")

    def _phase(self, entry: _Entry, step: Step) -> ReleasePhase:
        if step is not Step.FINISH:
            return PHASE_OF_STEP[step]
        if isinstance(entry.task.wanted, Absent):
            return ReleasePhase.REMOVED
        return ReleasePhase.READY if entry.touched else ReleasePhase.UNCHANGED

    def _blockers(self, task: Task) -> list[Blocker]:
        entries = (self._entries[name] for name in sorted(task.comes_after) if name in self._entries)
        return [
            Blocker(entry.task.name.name, entry.reason, failed=entry.phase is ReleasePhase.FAILED)
            for entry in entries
            if not _lets_others_start(entry)
        ]

    def _show(self, entry: _Entry, phase: ReleasePhase, reason: str) -> None:
        if (entry.phase, entry.reason) != (phase, reason):
            entry.phase, entry.reason = phase, reason
            self._ring(entry.task.name)

    def _ring(self, name: ReleaseName) -> None:
        self._news.add(name)
        self._changed.set()
        self._changed = asyncio.Event()
