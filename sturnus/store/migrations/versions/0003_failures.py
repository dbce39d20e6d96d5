"""Failures of hosts, power actions, passwords of baseboard controllers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sturnus.store.columns import UtcDateTime

revision = "0003"
down_revision = "0002"


def _of_a_host(table: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        table,
        sa.Column("host_id", sa.Integer, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("host_id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name=f"fk_{table}_host_id_hosts", ondelete="CASCADE"),
    )


def upgrade() -> None:
    """Create the tables. Agents tell of their boot from now on."""
    _of_a_host(
        "host_failures",
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("was_enabled", sa.Boolean, nullable=False),
        sa.Column("fencing", sa.String(32), nullable=False),
        sa.Column("fencing_reason", sa.Text),
        sa.Column("fencing_since", UtcDateTime, nullable=False),
    )
    _of_a_host(
        "power_actions",
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("order_id", sa.String(36), nullable=False),
        sa.Column("boot_before", sa.String(80)),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("asked", sa.String(32)),
        sa.Column("asked_at", UtcDateTime),
    )
    _of_a_host(
        "bmc_secrets",
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
    )
    op.add_column("agents", sa.Column("boot", sa.String(80)))


def downgrade() -> None:
    """Remove them: passwords are given again later."""
    with op.batch_alter_table("agents") as agents:
        agents.drop_column("boot")
    for table in ("bmc_secrets", "power_actions", "host_failures"):
        op.drop_table(table)
