"""What an earlier operation left in the cluster, as something to go back to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sturnus.applications.engine import decisions, rows
from sturnus.applications.engine.tasks import Target
from sturnus.applications.library import Library
from sturnus.applications.order.graph import ReleaseGraph, written_graph
from sturnus.applications.plan.survey import all_revisions, parsed_manifest
from sturnus.applications.plan.wanted import DIGEST_LABEL
from sturnus.applications.release import ReleaseName
from sturnus.core.application_states import ReleasePhase
from sturnus.core.errors import Invalid
from sturnus.core.together import together
from sturnus.helm.records import Revision, record
from sturnus.kubernetes.connection import Connection
from sturnus.store import operations
from sturnus.store.application_models import ApplicationRow, OperationReleaseRow
from sturnus.store.database import Database


@dataclass(frozen=True, slots=True)
class Back:
    """Where a rollback leads."""

    targets: tuple[Target, ...]
    graph: ReleaseGraph  # of the version that had them


async def back_to(database: Database, connection: Connection, library: Library, uuid: str) -> Back:
    """Find the revisions that an operation left.

    Raises:
        Invalid: Helm keeps one of them no longer, or the operation left none; nothing was changed.
        Unavailable: Kubernetes does not answer, or the bundle of that version is gone.

    """
    async with database.read() as session:
        operation = await operations.find(session, uuid)
        if operation is None:
            raise _nothing(uuid, "there is no such operation")
        version = await session.get_one(ApplicationRow, operation.application_id)
        left = [row for row in await operations.releases(session, [operation.id]) if _was_left(row)]
    if not left:
        raise _nothing(uuid, "it left nothing in the cluster")
    bundle = await library.bundle(version)
    known = {release.id: release for release in bundle.releases}
    kept = await all_revisions(connection, {ReleaseName(row.namespace, row.release) for row in left})

    async def target(row: OperationReleaseRow) -> Target:
        name = ReleaseName(row.namespace, row.release)
        revision = revision_left(row, kept.get(name, ()))
        whole = await record(connection, revision)
        manifest = await asyncio.to_thread(parsed_manifest, whole.manifest)
        wanted = decisions.Revision(revision.number, revision.labels.get(DIGEST_LABEL, ""))
        return Target(name, wanted, row.chart, manifest, known.get(name))

    targets = await together(target(row) for row in left)
    return Back(tuple(targets), written_graph(bundle.releases))


def _was_left(row: OperationReleaseRow) -> bool:
    return row.revision_after is not None and row.phase in {ReleasePhase.READY, ReleasePhase.UNCHANGED}


def revision_left(row: OperationReleaseRow, kept: tuple[Revision, ...]) -> Revision:
    """Return the revision that an operation left of a release. `kept`: those that Helm still has.

    Raises:
        Invalid: Helm has it no longer, or has another one of this number: a release that is removed begins at 1 again.

    """
    found = next((each for each in kept if each.number == row.revision_after), None)
    if found is None:
        numbers = ", ".join(str(each.number) for each in kept) or "none"
        raise _gone(row, f"Helm keeps {numbers}")
    if row.details.get(rows.DIGEST, found.labels.get(DIGEST_LABEL)) != found.labels.get(DIGEST_LABEL):
        raise _gone(row, f"the release was removed since, and revision {found.number} is another one now")
    return found


def _gone(row: OperationReleaseRow, why: str) -> Invalid:
    return Invalid(
        f"Revision {row.revision_after} of {row.release} cannot come back: {why}.",
        expected="an operation whose revisions Helm still keeps: it keeps five of each release",
        remedy="choose a later operation: system application-history; or update to that version's tarball",
    )


def _nothing(uuid: str, why: str) -> Invalid:
    return Invalid(
        f"Operation {uuid[:40]} cannot be gone back to: {why}.",
        expected="an operation that succeeded",
        remedy="system application-history NAME",
    )
