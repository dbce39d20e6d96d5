"""Does the engine's steps with Helm and the cluster. Implements `hands.Hands`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from sturnus.applications import release as model
from sturnus.applications.engine.cluster_eyes import ClusterEyes
from sturnus.applications.engine.decisions import Running
from sturnus.applications.engine.hands import Note, Record, StepFailed, Usable
from sturnus.applications.engine.hooks_under_way import Ears, follow_hooks
from sturnus.applications.plan.survey import running_of
from sturnus.applications.plan.wanted import DIGEST_LABEL, WantedRelease
from sturnus.applications.release import ReleaseName
from sturnus.core.clock import Clock
from sturnus.core.errors import Conflict, NotFound, Unavailable
from sturnus.helm.failure import Failure, HelmFailed
from sturnus.helm.operations import Contents, Helm, History, HookName, HookProgress, Hooks, Options
from sturnus.helm.records import Revision, revisions
from sturnus.helm.render import Phase, Rendered, hooks_in_order
from sturnus.helm.repair import Author, Intent, Repair, SomebodyElse, apply_repair, repairs
from sturnus.kubernetes.connection import Connection
from sturnus.kubernetes.jobs import delete_job

TRIED_AGAIN: Final = frozenset({Failure.CLUSTER_AWAY, Failure.BUSY})
"""Failures that say nothing about the release: it is looked at again, and tried again."""
TO_REMOVE: Final = 60.0
"""Seconds that a removal gets at least: pre-delete hooks are short, and nothing follows them."""

OnHook = Callable[[HookProgress], None]

_INSTALL: Final = (Phase.PRE_INSTALL, Phase.POST_INSTALL)
_UPGRADE: Final = (Phase.PRE_UPGRADE, Phase.POST_UPGRADE)

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """What the steps of one release are done with."""

    intent: Intent
    wanted: WantedRelease | None = None  # None: it goes, or an earlier revision comes back
    rendered: Sequence[Rendered] = ()  # of what is wanted; empty: not rendered, since nothing of it changes
    stale_jobs: tuple[str, ...] = ()


class HelmHands:
    """The hands of one operation."""

    def __init__(
        self, helm: Helm, connection: Connection, clock: Clock, eyes: ClusterEyes, work: Mapping[ReleaseName, Work]
    ) -> None:
        self._helm = helm
        self._connection = connection
        self._clock = clock
        self._eyes = eyes
        self._work = work

    async def install(self, name: ReleaseName, seconds: float, note: Note, usable: Usable) -> Running:
        """Install what is wanted."""
        wanted = _wanted(self._work[name])
        hooks = wanted.release.install_hooks
        async with self._options(name, hooks, _INSTALL, seconds, Ears(note, usable)) as options:
            await self._helm.install(name.namespace, name.name, _contents(wanted), options)
        return await self._newest(name)

    async def upgrade(self, name: ReleaseName, seconds: float, note: Note, usable: Usable) -> Running:
        """Make what is there what is wanted."""
        wanted = _wanted(self._work[name])
        hooks = wanted.release.upgrade_hooks
        async with self._options(name, hooks, _UPGRADE, seconds, Ears(note, usable)) as options:
            await self._helm.upgrade(name.namespace, name.name, _contents(wanted), options)
        return await self._newest(name)

    async def roll_back(self, name: ReleaseName, revision: int, seconds: float, note: Note) -> Running:
        """Bring an earlier revision back; its record gets that revision's digest."""
        note(f"revision {revision} comes back")
        with _explained():
            await self._helm.rollback(name.namespace, name.name, revision, Options(timedelta(seconds=seconds)))
        return await self._newest(name)

    async def uninstall(self, name: ReleaseName, seconds: float, note: Note) -> None:
        """Remove it, with its hooks."""
        note("helm removes it")
        options = Options(timedelta(seconds=max(seconds, TO_REMOVE)))
        with _explained():
            await self._helm.uninstall(name.namespace, name.name, History.DELETE, options)

    async def replace_jobs(self, name: ReleaseName) -> None:
        """Delete the Jobs that stand in the way; Helm makes them anew."""
        for job in self._work[name].stale_jobs:
            await delete_job(self._connection, name.namespace, job)
            log.info("job deleted to be made anew", release=str(name), job=job)

    async def repair(self, name: ReleaseName, running: Running) -> Running | None:
        """Put the record of a process that died right, without deleting anything."""
        for change in self._repairs(name, await revisions(self._connection, name.namespace, name.name)):
            try:
                await apply_repair(self._connection, change)
            except (Conflict, NotFound) as moved:
                log.info("record moved while it was repaired", release=str(name), reason=moved.message)
            else:
                log.info("record repaired", release=str(name), revision=running.revision, was=running.status)
        return (await self.look(name)).running

    async def look(self, name: ReleaseName) -> Record:
        """Read the newest record."""
        every = await revisions(self._connection, name.namespace, name.name)
        if not every:
            return Record(None, is_worked_on=False)
        return Record(running_of(every[-1]), is_worked_on(every, self._work[name].intent, self._clock))

    def _repairs(self, name: ReleaseName, every: Sequence[Revision]) -> Iterator[Repair]:
        found = repairs(every, self._work[name].intent, _author(every), now=self._clock.now())
        if isinstance(found, SomebodyElse):
            raise Unavailable(found.reason, expected="a release that nobody else works on", remedy="wait, or end it")
        return iter(found.changes)

    async def _newest(self, name: ReleaseName) -> Running:
        running = (await self.look(name)).running
        if running is None:
            raise StepFailed(f"Helm said that {name.name} was done, and keeps no record of it")
        return running

    @asynccontextmanager
    async def _options(
        self, name: ReleaseName, hooks: model.Hooks, phases: tuple[Phase, Phase], seconds: float, ears: Ears
    ) -> AsyncIterator[Options]:
        """How Helm works on a release; meanwhile its hooks are followed, and Helm's failures explained.

        `phases`: before Helm applies the objects, and after.
        """
        wanted = _wanted(self._work[name])
        expected = () if hooks is model.Hooks.SKIP else self._hooks(name, phases)
        last = expected[-1] if expected and self._hooks(name, phases[1:]) else None
        async with follow_hooks(name, self._eyes, ears, last) as on_hook:
            with _explained():
                yield _options(wanted, seconds, hooks, expected, on_hook)

    def _hooks(self, name: ReleaseName, phases: Sequence[Phase]) -> tuple[HookName, ...]:
        return tuple(HookName(each.kind, each.name) for each in hooks_in_order(self._work[name].rendered, phases))


def is_worked_on(every: Sequence[Revision], intent: Intent, clock: Clock) -> bool:
    """Whether somebody else's Helm seems to work on a release at this moment."""
    return isinstance(repairs(every, intent, _author(every), now=clock.now()), SomebodyElse)


def _author(every: Sequence[Revision]) -> Author:
    """What was made by this platform bears its label, and only one process of the platform carries out an operation.

    So does what `helm upgrade` makes of it by hand: docs/decisions/application-engine.md says why both look alike.
    """
    return Author.OURS if every and DIGEST_LABEL in every[-1].labels else Author.UNKNOWN


def _wanted(work: Work) -> WantedRelease:
    if work.wanted is None:
        raise AssertionError("a release that is not wanted cannot be installed")
    return work.wanted


def _contents(wanted: WantedRelease) -> Contents:
    return Contents(wanted.release.chart.file, wanted.values, wanted.secrets)


def _options(
    wanted: WantedRelease, seconds: float, hooks: model.Hooks, expected: Sequence[HookName], on_hook: OnHook
) -> Options:
    chart = wanted.release.chart
    return Options(
        timedelta(seconds=seconds),
        hooks=Hooks(hooks.value),
        description=f"{chart.name} {chart.version}",
        labels={DIGEST_LABEL: wanted.digest},
        expected_hooks=expected,
        on_hook=on_hook,
    )


@contextmanager
def _explained() -> Iterator[None]:
    """Turn Helm's failures into the two that the engine tells apart."""
    try:
        yield
    except HelmFailed as failed:
        if failed.kind in TRIED_AGAIN:
            raise Unavailable(failed.message, expected=failed.expected, remedy=failed.remedy) from failed
        # Who reads it knows which release it is about: "openstack/keystone: " is left out.
        said = failed.message.partition(": ")[2] or failed.message
        where = f" ({failed.where})" if failed.where and failed.where not in said else ""
        raise StepFailed(f"{said}{where}") from failed
