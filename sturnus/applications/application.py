"""Applications and operations as they were at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sturnus.core.application_states import (
    ApplicationStatus,
    OperationKind,
    OperationState,
    ReleasePhase,
)
from sturnus.store.application_models import ApplicationRow, OperationReleaseRow, OperationRow


@dataclass(frozen=True, slots=True)
class Application:
    """One version of an application."""

    id: int
    name: str
    version: str
    manifest_name: str
    manifest_file: str
    status: ApplicationStatus
    progress: str | None
    active: bool  # in the cluster, or about to be
    created_at: datetime
    updated_at: datetime | None
    revision: int


@dataclass(frozen=True, slots=True)
class ReleaseProgress:
    """How far an operation has come with one release."""

    release: str
    namespace: str
    chart: str
    phase: ReleasePhase
    reason: str | None
    started_at: datetime | None
    finished_at: datetime | None
    workloads_ready: int | None
    workloads_total: int | None
    revision_before: int | None  # of Helm; None: not in the cluster
    revision_after: int | None
    estimate: float | None  # seconds that it took the last time; None: never seen
    diagnosis: tuple[str, ...]  # of a release that failed, every reason whole


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that is or was done with an application."""

    uuid: str
    application: str
    version: str
    kind: OperationKind
    state: OperationState
    reason: str | None  # what it does, or why it ended
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    releases: tuple[ReleaseProgress, ...]


def application_of(row: ApplicationRow) -> Application:
    """Make an application from its row."""
    return Application(
        id=row.id,
        name=row.name,
        version=row.app_version,
        manifest_name=row.manifest_name,
        manifest_file=row.manifest_file,
        status=row.status,
        progress=row.progress,
        active=row.active,
        created_at=row.created_at,
        updated_at=row.updated_at,
        revision=row.revision,
    )


def operation_of(
    row: OperationRow,
    application: ApplicationRow,
    releases: list[OperationReleaseRow],
    durations: dict[tuple[str, str], float],
) -> Operation:
    """Make an operation from its rows."""
    return Operation(
        uuid=row.uuid,
        application=application.name,
        version=application.app_version,
        kind=row.kind,
        state=row.state,
        reason=row.reason,
        requested_by=row.requested_by,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        releases=tuple(_progress_of(each, durations) for each in releases),
    )


def _progress_of(row: OperationReleaseRow, durations: dict[tuple[str, str], float]) -> ReleaseProgress:
    details: dict[str, Any] = row.details
    return ReleaseProgress(
        release=row.release,
        namespace=row.namespace,
        chart=row.chart,
        phase=row.phase,
        reason=row.reason,
        started_at=row.started_at,
        finished_at=row.finished_at,
        workloads_ready=row.workloads_ready,
        workloads_total=row.workloads_total,
        revision_before=row.revision_before,
        revision_after=row.revision_after,
        estimate=durations.get((row.namespace, row.release)),
        diagnosis=tuple(details.get("diagnosis", ())),
    )
