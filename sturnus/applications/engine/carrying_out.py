"""Carries out one operation: prepares, checks, and follows every release to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sturnus.applications.engine import cleaning, rolling_back, rows
from sturnus.applications.engine.board import Board
from sturnus.applications.engine.cluster_eyes import ClusterEyes, Made
from sturnus.applications.engine.following import Followed, follow
from sturnus.applications.engine.helm_hands import HelmHands
from sturnus.applications.engine.hooks import NONE, Hooks, hooks_of
from sturnus.applications.engine.loop import Ended, Taken
from sturnus.applications.engine.reporter import Reporter
from sturnus.applications.engine.tasks import Job, to_install, to_remove, to_roll_back
from sturnus.applications.images.mirroring import Mirror
from sturnus.applications.library import Library
from sturnus.applications.order.graph import written_graph
from sturnus.applications.plan.placing import Obstacle
from sturnus.applications.plan.plan import Plan
from sturnus.applications.plan.planning import obstacles, planned
from sturnus.applications.plan.preparing import Preparation, Prepared
from sturnus.applications.plan.survey import survey
from sturnus.applications.release import ReleaseName, Waiting
from sturnus.core.application_states import OperationKind, OperationState
from sturnus.core.clock import Clock
from sturnus.core.together import together
from sturnus.helm.operations import Helm
from sturnus.kubernetes.kinds import api_kinds
from sturnus.kubernetes.namespaces import ensure_namespace
from sturnus.store.application_models import ApplicationRow
from sturnus.store.database import Database

NOBODY_WAITS: Final = Waiting(())
EVERYTHING: Final = Waiting(None)
AT_ONCE: Final = 24
"""Releases at which Helm may work at once. Few of them compute: they wait for hooks, which may wait for each other."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """All that operations are carried out with. One for a process."""

    database: Database
    clock: Clock
    library: Library
    preparation: Preparation
    helm: Helm
    mirror: Mirror
    hooks: Mapping[str, Hooks]

    async def carry_out(self, taken: Taken) -> Ended:
        """Carry one out, from wherever the last process left it."""
        async with self.database.read() as session:
            row = await session.get_one(ApplicationRow, taken.application_id)
        reporter = Reporter(self.database, self.clock, taken.uuid)
        match taken.kind:
            case OperationKind.APPLY | OperationKind.UPDATE:
                return await self._install(taken, row, reporter)
            case OperationKind.REMOVE:
                return await self._remove(taken, row, reporter)
            case OperationKind.ROLLBACK | OperationKind.RECOVER:
                return await self._roll_back(taken, row, reporter)
            case OperationKind.UPLOAD:
                return Ended(OperationState.SUCCEEDED, "completed")

    async def prepare(self, row: ApplicationRow) -> Prepared:
        """Find out all about an application, and write nothing. For the plan, too."""
        bundle = await self.library.bundle(row)
        layers = await self.library.layers(row, bundle)
        return await self.preparation.prepare(bundle, layers, await self.installed(row.name))

    async def installed(self, name: str) -> frozenset[ReleaseName]:
        """The releases that any version of an application has in the cluster, as far as the tables know."""
        async with self.database.read() as session:
            return await rows.installed(session, name)

    async def plan(self, prepared: Prepared) -> Plan:
        """Say what installing it would do. Writes nothing."""
        hooks = hooks_of(prepared.bundle.name, self.hooks)
        return await planned(prepared, self._connection, self.mirror, hooks)

    async def plan_of(self, row: ApplicationRow) -> Plan:
        """Prepare, and say what installing it would do. Writes nothing."""
        return await self.plan(await self.prepare(row))

    async def would_be_missed(self, name: str) -> list[Obstacle]:
        """What would be lost with an application: servers that run in it, say. Writes nothing."""
        return await hooks_of(name, self.hooks).before_remove(name)

    async def _install(self, taken: Taken, row: ApplicationRow, reporter: Reporter) -> Ended:
        hooks = hooks_of(row.name, self.hooks)
        await reporter.stage("generating application overrides")
        digest = await self.library.system_digest(row)
        async with self.database.write() as session:
            await rows.note_system(session, taken.uuid, digest)
        prepared = await self.prepare(row)
        if not taken.options.get("despite_obstacles") and (found := await obstacles(prepared, self._connection, hooks)):
            return _refused(found)
        await self.mirror.have_images(prepared, reporter.stage)
        await reporter.stage("applying application manifest")
        for namespace in prepared.namespaces:
            await ensure_namespace(self._connection, namespace)
        await hooks.preparing(prepared)
        ended = await self._follow(taken, to_install(prepared, self.clock), reporter)
        if ended.state is not OperationState.SUCCEEDED or (
            prepared.is_unchanged and await self._is_known_to_be_usable(taken, row)
        ):
            return ended
        await reporter.stage("verifying that it can be used")
        problem = await hooks.verify(prepared)
        return ended if problem is None else Ended(OperationState.FAILED, f"installed, and not usable: {problem}")

    async def _is_known_to_be_usable(self, taken: Taken, row: ApplicationRow) -> bool:
        """Whether the last installation before this one ended well, and this one has left everything as it was.

        What an earlier attempt of this one changed was not tried, or not to the end.
        """
        async with self.database.read() as session:
            if await rows.has_changed_anything(session, taken.uuid):
                return False
            return await rows.installed_before(session, row.name, taken.uuid)

    async def _remove(self, taken: Taken, row: ApplicationRow, reporter: Reporter) -> Ended:
        hooks = hooks_of(row.name, self.hooks)
        if not taken.options.get("force") and (refusals := await self.would_be_missed(row.name)):
            return _refused(refusals)
        async with self.database.write() as session:
            await hooks.removing(session, row.name)
        if hooks is not NONE:
            await reporter.stage("taking away what would outlive it")
            await hooks.emptying(row.name)
        await reporter.stage("deleting application manifest")
        bundle = await self.library.bundle(row)
        found = await self._survey(row.name)
        graph = written_graph(bundle.releases)
        ended = await self._follow(taken, to_remove(bundle.releases, found, graph, self.clock), reporter)
        if ended.state is OperationState.SUCCEEDED:
            volumes = cleaning.Volumes(taken.options.get("volumes", cleaning.Volumes.DELETE.value))
            await self._clean(row.name, volumes)
            await hooks.removed(row.name, volumes)
        return ended

    async def _clean(self, name: str, volumes: cleaning.Volumes) -> None:
        """Delete what the releases left that went, now or in an operation that was cut off."""
        async with self.database.read() as session:
            left = await rows.left_behind(session, name)
        await cleaning.clean(self._connection, left, volumes)
        async with self.database.write() as session:
            await rows.cleaned_up(session, name)

    async def _roll_back(self, taken: Taken, row: ApplicationRow, reporter: Reporter) -> Ended:
        await reporter.stage("looking for the revisions that come back")
        back = await rolling_back.back_to(self.database, self._connection, self.library, str(taken.options["to"]))
        jobs = to_roll_back(back.targets, await self._survey(row.name), back.graph, self.clock)
        return await self._follow(taken, jobs, reporter)

    async def _survey(self, name: str) -> Any:
        installed = await self.installed(name)
        return await survey(self._connection, await api_kinds(self._connection), installed)

    async def _follow(self, taken: Taken, jobs: Sequence[Job], reporter: Reporter) -> Ended:
        """Follow every release to its end, and keep why those that failed did."""
        async with self.database.write() as session:
            await rows.begin(session, taken, jobs, self.clock.now())
        board = Board([job.task for job in jobs], self.clock)
        namespaces = {job.task.name.namespace for job in jobs}
        async with ClusterEyes(self._connection, namespaces) as eyes:
            for job in jobs:
                eyes.expect(job.task.name, job.made)
            work = {job.task.name: job.work for job in jobs}
            hands = HelmHands(self.helm, self._connection, self.clock, eyes, work)
            ground = Followed(board, hands, eyes, asyncio.Semaphore(AT_ONCE))
            reporting = asyncio.create_task(reporter.follow(board), name=f"report {taken.uuid}")
            try:
                await together(follow(job.task, ground) for job in jobs)
                await _follow_the_rest(jobs, ground, eyes)
            except asyncio.CancelledError:
                board.aborted("stopped")
                raise
            finally:
                reporting.cancel()
                await asyncio.gather(reporting, return_exceptions=True)
                await reporter.report(board)
            if failures := board.failures():
                await self._keep_diagnosis(taken, eyes, list(failures))
                return _failed(failures)
        return Ended(OperationState.SUCCEEDED, "completed")

    async def _keep_diagnosis(self, taken: Taken, eyes: ClusterEyes, failed: Sequence[ReleaseName]) -> None:
        async with self.database.write() as session:
            await rows.keep_diagnosis(session, taken.uuid, {name: eyes.readiness(name).details for name in failed})

    @property
    def _connection(self) -> Any:
        return self.preparation.connection


async def _follow_the_rest(jobs: Sequence[Job], ground: Followed, eyes: ClusterEyes) -> None:
    """Await what the manifest lets nobody wait for (`disableWait`): "applied" has to mean that everything runs."""
    rest = [job for job in jobs if job.made.waiting == NOBODY_WAITS and job.made.objects]
    if ground.board.failures():
        return
    for job in rest:
        eyes.expect(job.task.name, Made(EVERYTHING, job.made.objects))
        ground.board.waited_for_after_all(job.task.name)
    await together(follow(job.task, ground) for job in rest)


def _refused(found: Sequence[Obstacle]) -> Ended:
    sentences = "; ".join(f"{each.subject}: {each.problem} ({each.remedy})" for each in found)
    return Ended(OperationState.FAILED, sentences)


def _failed(failures: Mapping[ReleaseName, str]) -> Ended:
    first, reason = next(iter(failures.items()))
    more = f" ({len(failures) - 1} more did not come up)" if len(failures) > 1 else ""
    return Ended(OperationState.FAILED, f"{first.name}: {reason}{more}")
