"""The tables of applications, their overrides, and what is done with them (reference/inventory.md §3.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sturnus.core.application_states import (
    ApplicationForm,
    ApplicationStatus,
    OperationKind,
    OperationState,
    ReleasePhase,
)
from sturnus.store.columns import spelled
from sturnus.store.models import Base, Json


class ApplicationRow(Base):
    """One version of an application. Of one name, all rows but one are `inactive`."""

    __tablename__ = "applications"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    app_version: Mapped[str] = mapped_column(String(255))
    manifest_name: Mapped[str] = mapped_column(String(255))
    manifest_file: Mapped[str] = mapped_column(String(255))
    form: Mapped[ApplicationForm | None] = mapped_column(spelled(ApplicationForm))  # None: not read yet
    status: Mapped[ApplicationStatus] = mapped_column(spelled(ApplicationStatus))
    progress: Mapped[str | None] = mapped_column(String(255))  # a sentence for people; cut to fit before it is stored
    active: Mapped[bool]  # in the cluster, or about to be
    recovery_attempts: Mapped[int] = mapped_column(Integer, default=0)
    bundle_path: Mapped[str | None] = mapped_column(Text)  # directory that the tarball was opened into
    bundle_sha256: Mapped[str | None] = mapped_column(String(64))  # of the tarball's bytes
    app_metadata: Mapped[Json]  # metadata.yaml, as far as it was understood
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (UniqueConstraint("name", "app_version"), {"sqlite_autoincrement": True})


class ApplicationReleaseRow(Base):
    """Which revision of a Helm release belongs to which version of an application."""

    __tablename__ = "application_releases"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    release: Mapped[str] = mapped_column(String(255))
    namespace: Mapped[str] = mapped_column(String(255))
    chart: Mapped[str] = mapped_column(String(255))
    helm_revision: Mapped[int] = mapped_column(Integer, default=0)  # 0: not in the cluster

    __table_args__ = (UniqueConstraint("application_id", "release", "namespace"),)


class OverridesRow(Base):
    """What comes on top of one chart's values. No secret is stored here: `generated` says where each lies."""

    __tablename__ = "helm_overrides"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(255))  # of the chart
    namespace: Mapped[str] = mapped_column(String(255))
    user_overrides: Mapped[str] = mapped_column(Text)  # YAML; empty: none
    user_authors: Mapped[Json]  # path of each leaf → {"by": user, "at": moment}
    system_overrides: Mapped[Json]  # as computed last; without what was generated
    generated: Mapped[Json]  # path → {"secret": "NAMESPACE/NAME", "key": KEY} of a Kubernetes Secret
    enabled: Mapped[bool | None]  # None: as the application's metadata says
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (UniqueConstraint("application_id", "name", "namespace"),)


class PlanRow(Base):
    """What an installation would do, as it was when somebody asked."""

    __tablename__ = "plans"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64))  # of all that the plan was decided from
    content: Mapped[Json]  # secrets masked
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(255))


class OperationRow(Base):
    """One thing that is done with an application, from the request to its end."""

    __tablename__ = "operations"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"))
    kind: Mapped[OperationKind] = mapped_column(spelled(OperationKind))
    state: Mapped[OperationState] = mapped_column(spelled(OperationState))
    reason: Mapped[str | None] = mapped_column(Text)  # what it waits for, or why it ended
    options: Mapped[Json]  # mode, operation to roll back to, and what else the request said
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plans.id", ondelete="SET NULL"))
    requested_by: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(255))  # process that works on it
    lease_until: Mapped[datetime | None]  # from then on another may go on
    abort_requested_at: Mapped[datetime | None]  # None: nobody asked
    abort_requested_by: Mapped[str | None] = mapped_column(String(255))
    revision: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        Index("ix_operations_application_id", "application_id", "id"),
        Index("ix_operations_state", "state"),
        {"sqlite_autoincrement": True},
    )


class OperationReleaseRow(Base):
    """How far an operation has come with one release."""

    __tablename__ = "operation_releases"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    operation_id: Mapped[int] = mapped_column(ForeignKey("operations.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)  # in the order as written, from 0
    release: Mapped[str] = mapped_column(String(255))
    namespace: Mapped[str] = mapped_column(String(255))
    chart: Mapped[str] = mapped_column(String(255))
    phase: Mapped[ReleasePhase] = mapped_column(spelled(ReleasePhase))
    reason: Mapped[str | None] = mapped_column(Text)  # what it waits for, or why it ended
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    hook: Mapped[str | None] = mapped_column(String(255))  # name of the one that runs
    hook_number: Mapped[int | None] = mapped_column(Integer)  # from 1
    hook_total: Mapped[int | None] = mapped_column(Integer)
    workloads_ready: Mapped[int | None] = mapped_column(Integer)
    workloads_total: Mapped[int | None] = mapped_column(Integer)
    revision_before: Mapped[int | None] = mapped_column(Integer)  # of Helm; None: not in the cluster
    revision_after: Mapped[int | None] = mapped_column(Integer)
    details: Mapped[dict[str, Any]]  # digest, diagnosis, seconds per phase

    __table_args__ = (UniqueConstraint("operation_id", "release", "namespace"),)
