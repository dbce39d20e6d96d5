"""Agents: the keys that speak for hosts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sturnus.store.columns import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "agents",
        sa.Column("id", sa.Integer),
        sa.Column("host_id", sa.Integer, nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("public_key", sa.String(64), nullable=False),
        sa.Column("announced", sa.String(64)),
        sa.Column("last_stamp", sa.BigInteger, nullable=False),
        sa.Column("last_seen", UtcDateTime, nullable=False),
        sa.Column("enrolled_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agents"),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name="fk_agents_host_id_hosts", ondelete="CASCADE"),
        sa.UniqueConstraint("host_id", name="uq_agents_host_id"),
        sa.UniqueConstraint("key_id", name="uq_agents_key_id"),
    )
    op.create_index("ix_agents_last_seen", "agents", ["last_seen"])


def downgrade() -> None:
    """Remove the table: agents enrol again later."""
    op.drop_table("agents")
