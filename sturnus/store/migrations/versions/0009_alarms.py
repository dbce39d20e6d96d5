"""Active alarms, and the event log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sturnus.store.columns import BigNumber, UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "alarms",
        sa.Column("id", BigNumber, nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("alarm_id", sa.String(16), nullable=False),
        *_what(),
        sa.PrimaryKeyConstraint("id", name="pk_alarms"),
        sa.UniqueConstraint("uuid", name="uq_alarms_uuid"),
        sa.UniqueConstraint("alarm_id", "entity_instance_id", name="uq_alarms_alarm_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "event_log",
        sa.Column("id", BigNumber, nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("event_log_id", sa.String(16), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        *_what(),
        sa.PrimaryKeyConstraint("id", name="pk_event_log"),
        sa.UniqueConstraint("uuid", name="uq_event_log_uuid"),
        sqlite_autoincrement=True,
    )


def _what() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("entity_type_id", sa.String(255), nullable=False),
        sa.Column("entity_instance_id", sa.String(255), nullable=False),
        sa.Column("severity", sa.String(32), nullable=False),
        sa.Column("reason_text", sa.Text, nullable=False),
        sa.Column("timestamp", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("event_log")
    op.drop_table("alarms")
