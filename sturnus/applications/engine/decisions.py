"""What to do with one release now, and why. Pure: no memory of earlier looks, so a new process decides the same.

The engine gathers `ReleaseFacts`, asks, does one step, and looks again. Every step can be repeated: an install that was
cut off leaves a pending record, which is repaired; one that was done is seen to be done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sturnus.core.few import few_in_words

UNINSTALLING: Final = "uninstalling"
PENDING: Final = frozenset({"pending-install", "pending-upgrade", "pending-rollback", UNINSTALLING})
"""Statuses of a release that some Helm process works on, or worked on when it died."""


class Step(StrEnum):
    """What the engine does next with a release."""

    WAIT = "wait"
    """Nothing: others come first."""
    REPAIR = "repair"
    """Say in the release's record that the Helm process that worked on it is gone."""
    REPLACE_JOBS = "replace jobs"
    """Delete Jobs whose template changed: Kubernetes does not change it in place."""
    INSTALL = "install"
    """It is not in the cluster."""
    UPGRADE = "upgrade"
    """It is there, and is not what is wanted."""
    ROLL_BACK = "roll back"
    """An earlier revision is wanted."""
    UNINSTALL = "uninstall"
    """It is there, and is not wanted."""
    AWAIT = "await"
    """Helm is done; the workloads are not ready yet."""
    FINISH = "finish"
    """Everything is as wanted."""
    FAIL = "fail"
    """It cannot go on: somebody has to do something."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A step, and why it is the right one, in words for the operator."""

    step: Step
    reason: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Wanted: this chart with these values, whatever revision that makes."""

    digest: str


@dataclass(frozen=True, slots=True)
class Revision:
    """Wanted: what an earlier revision was."""

    number: int
    digest: str


@dataclass(frozen=True, slots=True)
class Absent:
    """Wanted: that it is gone."""


Wanted = Chart | Revision | Absent


@dataclass(frozen=True, slots=True)
class Running:
    """The newest record that Helm keeps of a release."""

    revision: int
    status: str  # as Helm spells it: "deployed", "failed", "pending-upgrade", ...
    digest: str | None  # None: it was not made by this platform


@dataclass(frozen=True, slots=True)
class Blocker:
    """Another release that comes first."""

    name: str
    reason: str  # what it is doing, or why it failed
    failed: bool


@dataclass(frozen=True, slots=True)
class Workloads:
    """How far what a release made has come."""

    ready: int
    total: int
    reason: str | None  # of the worst one that is not ready; None: all are

    @property
    def are_ready(self) -> bool:
        """Nothing is missing."""
        return self.reason is None


NO_WORKLOADS: Final = Workloads(0, 0, None)


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """All that decides what happens to a release now."""

    wanted: Wanted
    running: Running | None  # None: Helm does not know it
    is_worked_on: bool = False  # a Helm process that lives works on it: ours, or somebody else's a short while ago
    blockers: Sequence[Blocker] = ()  # releases that come first and are not where they have to be
    stale_jobs: Sequence[str] = ()  # Jobs in the cluster whose template is not the wanted one
    missing: Sequence[str] = ()  # objects of the record that are not in the cluster
    workloads: Workloads = NO_WORKLOADS
    failure: str | None = None  # how Helm failed in this operation
    late: bool = False  # its time is up


def next_step(facts: ReleaseFacts) -> Decision:
    """Decide. The order of the questions matters; each has its line."""
    running = facts.running
    if facts.failure is not None:
        return Decision(Step.FAIL, facts.failure)
    if running is not None and running.status in PENDING and not _is_removed_again(facts, running):
        return _pending(facts, running)
    if isinstance(facts.wanted, Absent):
        return _towards_absence(facts)
    if running is not None and _is_as_wanted(facts.wanted, running) and not facts.missing:
        return _towards_readiness(facts)
    if facts.blockers:
        return _blocked(facts.blockers)
    return _towards_the_wanted(facts, facts.wanted)


def _is_removed_again(facts: ReleaseFacts, running: Running) -> bool:
    """Helm removes what it has half removed as it would remove all of it: there is nothing to repair."""
    return isinstance(facts.wanted, Absent) and running.status == UNINSTALLING and not facts.is_worked_on


def _pending(facts: ReleaseFacts, running: Running) -> Decision:
    if facts.is_worked_on:
        return Decision(Step.WAIT, f"another Helm process works on it: revision {running.revision} is {running.status}")
    return Decision(
        Step.REPAIR, f"revision {running.revision} is {running.status}, and the process that wrote it is gone"
    )


def _towards_absence(facts: ReleaseFacts) -> Decision:
    if facts.running is None or facts.running.status == "uninstalled":
        return Decision(Step.FINISH, "removed")
    if facts.blockers:
        return _blocked(facts.blockers)
    return Decision(Step.UNINSTALL, f"revision {facts.running.revision} is in the cluster")


def _towards_readiness(facts: ReleaseFacts) -> Decision:
    workloads = facts.workloads
    if workloads.reason is None:
        return Decision(Step.FINISH, "ready")
    if facts.late:
        return Decision(Step.FAIL, f"not ready in time: {workloads.reason}")
    return Decision(Step.AWAIT, workloads.reason)


def _towards_the_wanted(facts: ReleaseFacts, wanted: Chart | Revision) -> Decision:
    running = facts.running
    if facts.late:
        return Decision(Step.FAIL, "its time was up before its turn came")
    if isinstance(wanted, Revision):
        return _towards_a_revision(facts, wanted)
    if running is None or running.status == "uninstalled":
        return Decision(Step.INSTALL, "not in the cluster")
    if facts.stale_jobs:
        return Decision(Step.REPLACE_JOBS, f"the template of {few_in_words(facts.stale_jobs, 3)} changed")
    return Decision(Step.UPGRADE, _why_upgrade(facts, running, wanted))


def _towards_a_revision(facts: ReleaseFacts, wanted: Revision) -> Decision:
    if facts.running is None or facts.running.status == "uninstalled":
        return Decision(Step.FAIL, f"revision {wanted.number} cannot come back: Helm keeps no record of the release")
    if facts.stale_jobs:
        return Decision(Step.REPLACE_JOBS, f"the template of {few_in_words(facts.stale_jobs, 3)} changed")
    return Decision(Step.ROLL_BACK, f"revision {facts.running.revision} runs, revision {wanted.number} is wanted")


def _why_upgrade(facts: ReleaseFacts, running: Running, wanted: Chart) -> str:
    if running.status != "deployed":
        return f"revision {running.revision} is {running.status}"
    if running.digest != wanted.digest:
        return "chart, values or options changed"
    return f"{few_in_words(facts.missing, 3)} is gone from the cluster"


def _is_as_wanted(wanted: Chart | Revision, running: Running) -> bool:
    return running.status == "deployed" and running.digest == wanted.digest


def _blocked(blockers: Sequence[Blocker]) -> Decision:
    failed = next((blocker for blocker in blockers if blocker.failed), None)
    if failed is not None:
        return Decision(Step.FAIL, f"needs {failed.name}, which failed: {failed.reason}")
    first = blockers[0]
    more = f" (and {len(blockers) - 1} more)" if len(blockers) > 1 else ""
    return Decision(Step.WAIT, f"waits for {first.name}{more}: {first.reason}")
