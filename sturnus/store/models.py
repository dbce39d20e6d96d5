"""The tables. Fields have the wire's names (reference/inventory.md §2.1, §5.2), so that nobody has to translate."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from sturnus.core.states import (
    Administrative,
    Availability,
    HostAction,
    Operational,
    Personality,
    Provisioning,
    SystemMode,
    SystemType,
)
from sturnus.store.columns import BigNumber, UtcDateTime, spelled

Json = dict[str, Any]


class Base(DeclarativeBase):
    """All tables. Constraints have names, so that a migration can find them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, Json: JSON}


class SystemRow(Base):
    """The one system that this platform is."""

    __tablename__ = "systems"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    system_type: Mapped[SystemType] = mapped_column(spelled(SystemType))
    system_mode: Mapped[SystemMode] = mapped_column(spelled(SystemMode))
    description: Mapped[str | None] = mapped_column(String(255))
    location: Mapped[str | None] = mapped_column(String(255))
    contact: Mapped[str | None] = mapped_column(String(255))
    timezone: Mapped[str] = mapped_column(String(255))
    region_name: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": revision}


class HostRow(Base):
    """A host. `revision` counts its changes, those of its labels included: the ETag."""

    __tablename__ = "hosts"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    hostname: Mapped[str | None] = mapped_column(String(63), unique=True)  # None: announced itself, has no name yet
    personality: Mapped[Personality | None] = mapped_column(spelled(Personality))
    subfunctions: Mapped[str | None] = mapped_column(String(64))
    administrative: Mapped[Administrative] = mapped_column(spelled(Administrative))
    operational: Mapped[Operational] = mapped_column(spelled(Operational))
    availability: Mapped[Availability] = mapped_column(spelled(Availability))
    invprovision: Mapped[Provisioning | None] = mapped_column(spelled(Provisioning))
    inv_state: Mapped[str | None] = mapped_column(String(32))  # "inventoried" once the hardware was reported
    ihost_action: Mapped[HostAction | None] = mapped_column(spelled(HostAction))  # under way; None: nothing to do
    task: Mapped[str | None] = mapped_column(String(64))
    vim_progress_status: Mapped[str | None] = mapped_column(Text)
    mgmt_mac: Mapped[str | None] = mapped_column(String(17), unique=True)
    mgmt_ip: Mapped[str | None] = mapped_column(String(45), unique=True)
    bm_type: Mapped[str | None] = mapped_column(String(32))
    bm_ip: Mapped[str | None] = mapped_column(String(255))
    bm_username: Mapped[str | None] = mapped_column(String(255))
    serialid: Mapped[str | None] = mapped_column(String(255))
    boot_device: Mapped[str | None] = mapped_column(String(255))
    rootfs_device: Mapped[str | None] = mapped_column(String(255))
    install_output: Mapped[str | None] = mapped_column(String(32))
    console: Mapped[str | None] = mapped_column(String(255))
    uptime: Mapped[int] = mapped_column(Integer, default=0)  # seconds
    config_target: Mapped[str | None] = mapped_column(String(36))  # what it has to be; None: it has no role yet
    config_applied: Mapped[str | None] = mapped_column(String(36))  # what it is
    config_failure: Mapped[str | None] = mapped_column(Text)  # why the last attempt at the target failed
    location: Mapped[Json]
    hardware: Mapped[Json]  # what the host last reported of itself; empty: nothing yet
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": revision}
    # Clients keep the number of a host: it must never name another one later.
    __table_args__ = {"sqlite_autoincrement": True}


class LabelRow(Base):
    """A label as the operator assigned it (reference/inventory.md §2.1)."""

    __tablename__ = "labels"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"))
    label_key: Mapped[str] = mapped_column(String(384))
    label_value: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("host_id", "label_key"), {"sqlite_autoincrement": True})


class AgentRow(Base):
    """The key that speaks for a host. Beside the host's row: a sign of life is no change of the host."""

    __tablename__ = "agents"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"), unique=True)
    key_id: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of the key
    public_key: Mapped[str] = mapped_column(String(64))  # Ed25519, 32 bytes in hexadecimal digits
    announced: Mapped[str | None] = mapped_column(String(64))  # digest of the last announcement; None: none yet
    last_stamp: Mapped[int] = mapped_column(BigInteger)  # of the last request that was accepted
    last_seen: Mapped[datetime] = mapped_column(index=True)
    boot: Mapped[str | None] = mapped_column(String(80))  # tells one boot of the host from another; None: not said yet
    enrolled_at: Mapped[datetime]
    guests_wanted: Mapped[str | None] = mapped_column(String(16))  # what the VIM asked for; None: nothing ever
    guests_found: Mapped[str | None] = mapped_column(String(16))  # what the agent said last; None: nothing yet


class OutboxRow(Base):
    """A notice that has to reach somebody, written in the transaction of the change that it tells of."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    topic: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(36))  # uuid of the host; no foreign key, since it outlives the host
    payload: Mapped[Json]
    attempts: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("ix_outbox_lane", "topic", "subject", "id"), {"sqlite_autoincrement": True})


class EventRow(Base):
    """What happened, in the order of the commits, for those who follow the stream of events."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(BigNumber, primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(36))
    data: Mapped[Json]

    __table_args__ = {"sqlite_autoincrement": True}
