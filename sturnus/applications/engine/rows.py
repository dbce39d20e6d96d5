"""What an operation leaves in the tables: its releases, what belongs to the application, and why something failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.applications.engine.decisions import Absent
from sturnus.applications.engine.leftovers import Leftovers
from sturnus.applications.engine.loop import Taken
from sturnus.applications.engine.tasks import Job
from sturnus.applications.release import ReleaseName
from sturnus.core.application_states import OperationKind, OperationState, ReleasePhase
from sturnus.store import operations
from sturnus.store.application_models import (
    ApplicationReleaseRow,
    ApplicationRow,
    OperationReleaseRow,
    OperationRow,
)

INSTALLS: Final = frozenset({OperationKind.APPLY, OperationKind.UPDATE, OperationKind.ROLLBACK, OperationKind.RECOVER})
"""After which an application is in the cluster."""
SYSTEM: Final = "system"
"""The option in which an installation keeps the digest of the system's values that it was made with."""
LEFT: Final = "left"
"""The detail in which a row keeps what its release leaves in the cluster, until that was cleaned up."""
DIGEST: Final = "digest"
"""The detail in which a row keeps what was wanted of its release: numbers of revisions begin anew after a removal."""
MOST_REASONS: Final = 20
"""Of one release that failed: a hundred pods that fail alike are one reason."""


async def installed(session: AsyncSession, name: str) -> frozenset[ReleaseName]:
    """Return every release that any version of an application may have in the cluster."""
    query = select(ApplicationReleaseRow.namespace, ApplicationReleaseRow.release).join(
        ApplicationRow, ApplicationRow.id == ApplicationReleaseRow.application_id
    )
    found = await session.execute(query.where(ApplicationRow.name == name))
    return frozenset(ReleaseName(namespace, release) for namespace, release in found.all())


async def installed_before(session: AsyncSession, name: str, uuid: str) -> bool:
    """Whether the operation before this one installed the application, and ended well."""
    versions = [each.id for each in await operations.versions(session, name)]
    earlier = [each for each in await operations.history(session, versions, 2) if each.uuid != uuid]
    return bool(earlier) and earlier[0].kind in INSTALLS and earlier[0].state is OperationState.SUCCEEDED


async def has_changed_anything(session: AsyncSession, uuid: str) -> bool:
    """Whether an operation has changed a release: this process, or one that died over it."""
    operation = await operations.find(session, uuid)
    found = [] if operation is None else await operations.releases(session, [operation.id])
    return any(row.phase is ReleasePhase.REMOVED or row.revision_after != row.revision_before for row in found)


async def note_system(session: AsyncSession, uuid: str, digest: str) -> None:
    """Write down with which of the system's values an operation installs.

    Before it prepares: what changes in between is found by the next look, and not missed.
    """
    operation = await operations.lock(session, uuid)
    operation.options = {**operation.options, SYSTEM: digest}


async def begin(session: AsyncSession, taken: Taken, jobs: Sequence[Job], now: datetime) -> None:
    """Write down which releases an operation is about, before anything is touched. Beginning again keeps the times."""
    operation = await operations.find(session, taken.uuid)
    if operation is None:
        raise AssertionError("an operation that was taken is in the tables")
    there = {(row.namespace, row.release): row for row in await operations.releases(session, [operation.id])}
    for position, job in enumerate(jobs):
        name, running = job.task.name, job.task.running
        row = there.pop((name.namespace, name.name), None)
        if row is None:
            row = _new(operation, job, None if running is None else running.revision)
            session.add(row)
        row.position, row.phase, row.reason, row.finished_at = position, ReleasePhase.PENDING, None, None
        if not isinstance(job.task.wanted, Absent):
            row.details = {**row.details, DIGEST: job.task.wanted.digest}
        # What the first process found counts: a later one finds a release that is half gone, or none.
        if job.leaves is not None and LEFT not in row.details:
            row.details = {**row.details, LEFT: job.leaves.to_stored()}
    # What was to go when the operation began, and is not there any more, went before its process died.
    for gone in there.values():
        gone.phase, gone.reason, gone.finished_at = ReleasePhase.REMOVED, "removed", gone.finished_at or now
    await _belong(session, taken.application_id, jobs)


async def end(session: AsyncSession, operation: OperationRow) -> None:
    """Let the application have the releases that the operation left in the cluster, and no others."""
    for row in await operations.releases(session, [operation.id]):
        every_version = select(ApplicationRow.id).where(
            ApplicationRow.name
            == select(ApplicationRow.name).where(ApplicationRow.id == operation.application_id).scalar_subquery()
        )
        mine = (ApplicationReleaseRow.namespace == row.namespace) & (ApplicationReleaseRow.release == row.release)
        if row.phase is ReleasePhase.REMOVED:
            await session.execute(
                delete(ApplicationReleaseRow).where(mine, ApplicationReleaseRow.application_id.in_(every_version))
            )
            continue
        found = select(ApplicationReleaseRow).where(mine)
        kept = await session.scalar(found.where(ApplicationReleaseRow.application_id == operation.application_id))
        if kept is not None and row.revision_after is not None:
            kept.helm_revision = row.revision_after


async def left_behind(session: AsyncSession, name: str) -> Mapping[ReleaseName, Leftovers]:
    """Return what releases that went left in the cluster: also in earlier operations, which did not end well."""
    found: dict[ReleaseName, Leftovers] = {}
    for row in await _leaving(session, name):
        release, left = ReleaseName(row.namespace, row.release), Leftovers.from_stored(row.details[LEFT])
        found[release] = found[release].and_also(left) if release in found else left
    return found


async def cleaned_up(session: AsyncSession, name: str) -> None:
    """Nothing of an application is left."""
    for row in await _leaving(session, name):
        row.details = {key: value for key, value in row.details.items() if key != LEFT}


async def keep_diagnosis(session: AsyncSession, uuid: str, reasons: Mapping[ReleaseName, Sequence[str]]) -> None:
    """Keep every reason of the releases that failed, whole: the next operation changes what they are read from."""
    operation = await operations.find(session, uuid)
    if operation is None:
        return
    for row in await operations.releases(session, [operation.id]):
        found = reasons.get(ReleaseName(row.namespace, row.release))
        if found:
            row.details = {**row.details, "diagnosis": list(found[:MOST_REASONS])}


async def _leaving(session: AsyncSession, name: str) -> list[OperationReleaseRow]:
    query = (
        select(OperationReleaseRow)
        .join(OperationRow, OperationRow.id == OperationReleaseRow.operation_id)
        .join(ApplicationRow, ApplicationRow.id == OperationRow.application_id)
        .where(ApplicationRow.name == name)
    )
    return [row for row in await session.scalars(query) if LEFT in row.details]


def _new(operation: OperationRow, job: Job, revision_before: int | None) -> OperationReleaseRow:
    return OperationReleaseRow(
        operation_id=operation.id,
        release=job.task.name.name,
        namespace=job.task.name.namespace,
        chart=job.chart,
        phase=ReleasePhase.PENDING,
        revision_before=revision_before,
        details={},
    )


async def _belong(session: AsyncSession, application_id: int, jobs: Sequence[Job]) -> None:
    query = select(ApplicationReleaseRow).where(ApplicationReleaseRow.application_id == application_id)
    there = {(row.namespace, row.release) for row in await session.scalars(query)}
    for job in jobs:
        name = job.task.name
        if (name.namespace, name.name) not in there:
            row = ApplicationReleaseRow(release=name.name, namespace=name.namespace, chart=job.chart, helm_revision=0)
            row.application_id = application_id
            session.add(row)
