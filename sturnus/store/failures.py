"""Hosts that are not simply present: what was decided about each, why, and whether it has been fenced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sturnus.core.states import Fencing, Verdict
from sturnus.store.bmc_secrets import BmcSecretRow
from sturnus.store.columns import spelled
from sturnus.store.models import AgentRow, Base, HostRow


class FailureRow(Base):
    """One host that is missed. No row: it is present, or has no agent."""

    __tablename__ = "host_failures"

    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"), primary_key=True)
    verdict: Mapped[Verdict] = mapped_column(spelled(Verdict))
    reason: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    was_enabled: Mapped[bool]  # in service when it was missed first: only such a host can fail
    fencing: Mapped[Fencing] = mapped_column(spelled(Fencing))
    fencing_reason: Mapped[str | None] = mapped_column(Text)
    fencing_since: Mapped[datetime]


async def find(session: AsyncSession, host_id: int) -> FailureRow | None:
    """Return what was decided about a host; None: nothing."""
    return await session.get(FailureRow, host_id)


async def of_host(session: AsyncSession, uuid: str) -> FailureRow | None:
    """Return what was decided about the host with this uuid; None: nothing."""
    query = select(FailureRow).join(HostRow, HostRow.id == FailureRow.host_id).where(HostRow.uuid == uuid)
    return await session.scalar(query)


async def all_watched(session: AsyncSession) -> Sequence[Sequence[Any]]:
    """Return the columns of each host with an agent that a decision about it needs: one query, however many."""
    query = (
        select(
            HostRow.uuid,
            HostRow.hostname,
            HostRow.administrative,
            HostRow.operational,
            HostRow.availability,
            HostRow.invprovision,
            HostRow.ihost_action,
            HostRow.bm_type,
            HostRow.bm_ip,
            HostRow.bm_username,
            BmcSecretRow.updated_at,
            FailureRow.verdict,
            FailureRow.was_enabled,
            FailureRow.fencing,
            FailureRow.fencing_reason,
            FailureRow.since,
        )
        .join(AgentRow, AgentRow.host_id == HostRow.id)
        .outerjoin(FailureRow, FailureRow.host_id == HostRow.id)
        .outerjoin(BmcSecretRow, BmcSecretRow.host_id == HostRow.id)
        .order_by(HostRow.id)
    )
    return (await session.execute(query)).all()
