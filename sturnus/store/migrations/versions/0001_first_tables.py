"""Systems, hosts, labels, outbox and events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sturnus.store.columns import BigNumber, UtcDateTime

revision = "0001"
down_revision = None


def _state(name: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), nullable=optional)


def _text(name: str, length: int, *, optional: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=optional)


def upgrade() -> None:
    """Create the first tables."""
    _systems()
    _hosts()
    _labels()
    _outbox_and_events()


def _systems() -> None:
    op.create_table(
        "systems",
        sa.Column("id", sa.Integer),
        _text("uuid", 36, optional=False),
        _text("name", 255, optional=False),
        _state("system_type"),
        _state("system_mode"),
        _text("description", 255),
        _text("location", 255),
        _text("contact", 255),
        _text("timezone", 255, optional=False),
        _text("region_name", 255, optional=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_systems"),
        sa.UniqueConstraint("uuid", name="uq_systems_uuid"),
    )


def _hosts() -> None:
    op.create_table(
        "hosts",
        sa.Column("id", sa.Integer),
        _text("uuid", 36, optional=False),
        _text("hostname", 63),
        _state("personality", optional=True),
        _text("subfunctions", 64),
        _state("administrative"),
        _state("operational"),
        _state("availability"),
        _state("invprovision", optional=True),
        _text("inv_state", 32),
        _text("ihost_action", 32),
        _text("task", 64),
        sa.Column("vim_progress_status", sa.Text),
        _text("mgmt_mac", 17),
        _text("mgmt_ip", 45),
        _text("bm_type", 32),
        _text("bm_ip", 255),
        _text("bm_username", 255),
        _text("serialid", 255),
        _text("boot_device", 255),
        _text("rootfs_device", 255),
        _text("install_output", 32),
        _text("console", 255),
        sa.Column("uptime", sa.Integer, nullable=False),
        sa.Column("location", sa.JSON, nullable=False),
        sa.Column("hardware", sa.JSON, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hosts"),
        *(sa.UniqueConstraint(name, name=f"uq_hosts_{name}") for name in ("uuid", "hostname", "mgmt_mac", "mgmt_ip")),
        sqlite_autoincrement=True,
    )


def _labels() -> None:
    op.create_table(
        "labels",
        sa.Column("id", sa.Integer),
        _text("uuid", 36, optional=False),
        sa.Column("host_id", sa.Integer, nullable=False),
        _text("label_key", 384, optional=False),
        _text("label_value", 128, optional=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_labels"),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name="fk_labels_host_id_hosts", ondelete="CASCADE"),
        sa.UniqueConstraint("host_id", "label_key", name="uq_labels_host_id"),
        sa.UniqueConstraint("uuid", name="uq_labels_uuid"),
        sqlite_autoincrement=True,
    )


def _outbox_and_events() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", BigNumber),
        _text("topic", 32, optional=False),
        _text("subject", 36, optional=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("last_error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_lane", "outbox", ["topic", "subject", "id"])
    op.create_table(
        "events",
        sa.Column("id", BigNumber),
        sa.Column("at", UtcDateTime, nullable=False),
        _text("kind", 32, optional=False),
        _text("subject", 36, optional=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Remove all tables."""
    for table in ("events", "outbox", "labels", "hosts", "systems"):
        op.drop_table(table)
