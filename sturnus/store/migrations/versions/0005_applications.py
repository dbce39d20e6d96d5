"""Applications: their releases, overrides, plans and operations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sturnus.store.columns import UtcDateTime

revision = "0005"
down_revision = "0004"


def _word(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), nullable=optional)


def _name(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(255), nullable=optional)


def _number(name: str, *, optional: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=optional)


def _moment(name: str, *, optional: bool = True) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime, nullable=optional)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON, nullable=False)


def _application(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_application_id_applications"
    return sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    """Create the tables."""
    _applications()
    _releases()
    _overrides()
    _plans()
    _operations()
    _operation_releases()


def _applications() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.Integer),
        *(_name(name) for name in ("name", "app_version", "manifest_name", "manifest_file")),
        _word("form", optional=True),
        _word("status"),
        _name("progress", optional=True),
        sa.Column("active", sa.Boolean, nullable=False),
        _number("recovery_attempts"),
        sa.Column("bundle_path", sa.Text),
        sa.Column("bundle_sha256", sa.String(64)),
        _json("app_metadata"),
        _moment("created_at", optional=False),
        _moment("updated_at"),
        _number("revision"),
        sa.PrimaryKeyConstraint("id", name="pk_applications"),
        sa.UniqueConstraint("name", "app_version", name="uq_applications_name"),
        sqlite_autoincrement=True,
    )


def _releases() -> None:
    op.create_table(
        "application_releases",
        sa.Column("id", sa.Integer),
        _number("application_id"),
        *(_name(name) for name in ("release", "namespace", "chart")),
        _number("helm_revision"),
        sa.PrimaryKeyConstraint("id", name="pk_application_releases"),
        _application("application_releases"),
        sa.UniqueConstraint("application_id", "release", "namespace", name="uq_application_releases_application_id"),
    )


def _overrides() -> None:
    op.create_table(
        "helm_overrides",
        sa.Column("id", sa.Integer),
        _number("application_id"),
        _name("name"),
        _name("namespace"),
        sa.Column("user_overrides", sa.Text, nullable=False),
        *(_json(name) for name in ("user_authors", "system_overrides", "generated")),
        sa.Column("enabled", sa.Boolean),
        _moment("created_at", optional=False),
        _moment("updated_at"),
        _number("revision"),
        sa.PrimaryKeyConstraint("id", name="pk_helm_overrides"),
        _application("helm_overrides"),
        sa.UniqueConstraint("application_id", "name", "namespace", name="uq_helm_overrides_application_id"),
    )


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("id", sa.Integer),
        sa.Column("uuid", sa.String(36), nullable=False),
        _number("application_id"),
        sa.Column("digest", sa.String(64), nullable=False),
        _json("content"),
        _moment("created_at", optional=False),
        _name("created_by"),
        sa.PrimaryKeyConstraint("id", name="pk_plans"),
        _application("plans"),
        sa.UniqueConstraint("uuid", name="uq_plans_uuid"),
    )
    op.create_index("ix_plans_application_id", "plans", ["application_id"])


def _operations() -> None:
    op.create_table(
        "operations",
        sa.Column("id", sa.Integer),
        sa.Column("uuid", sa.String(36), nullable=False),
        _number("application_id"),
        _word("kind"),
        _word("state"),
        sa.Column("reason", sa.Text),
        _json("options"),
        _number("plan_id", optional=True),
        _name("requested_by"),
        _moment("created_at", optional=False),
        _moment("started_at"),
        _moment("finished_at"),
        _name("lease_owner", optional=True),
        _moment("lease_until"),
        _moment("abort_requested_at"),
        _name("abort_requested_by", optional=True),
        _number("revision"),
        sa.PrimaryKeyConstraint("id", name="pk_operations"),
        _application("operations"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_operations_plan_id_plans", ondelete="SET NULL"),
        sa.UniqueConstraint("uuid", name="uq_operations_uuid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_operations_application_id", "operations", ["application_id", "id"])
    op.create_index("ix_operations_state", "operations", ["state"])


def _operation_releases() -> None:
    op.create_table(
        "operation_releases",
        sa.Column("id", sa.Integer),
        _number("operation_id"),
        _number("position"),
        *(_name(name) for name in ("release", "namespace", "chart")),
        _word("phase"),
        sa.Column("reason", sa.Text),
        _moment("started_at"),
        _moment("finished_at"),
        _name("hook", optional=True),
        *(_number(name, optional=True) for name in ("hook_number", "hook_total", "workloads_ready", "workloads_total")),
        *(_number(name, optional=True) for name in ("revision_before", "revision_after")),
        _json("details"),
        sa.PrimaryKeyConstraint("id", name="pk_operation_releases"),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["operations.id"],
            name="fk_operation_releases_operation_id_operations",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("operation_id", "release", "namespace", name="uq_operation_releases_operation_id"),
    )


def downgrade() -> None:
    """Remove the tables."""
    names = ("operation_releases", "operations", "plans", "helm_overrides", "application_releases", "applications")
    for table in names:
        op.drop_table(table)
