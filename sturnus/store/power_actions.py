"""How far an action has come that needs hands on a machine: what was asked of whom, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sturnus.core.states import POWER_ACTIONS, HostAction
from sturnus.store.columns import spelled
from sturnus.store.models import AgentRow, Base, HostRow


class PowerActionRow(Base):
    """The action under way on one host."""

    __tablename__ = "power_actions"

    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"), primary_key=True)
    action: Mapped[HostAction] = mapped_column(spelled(HostAction))
    order_id: Mapped[str] = mapped_column(String(36))
    boot_before: Mapped[str | None] = mapped_column(String(80))  # None: no agent has said
    started_at: Mapped[datetime]
    asked: Mapped[str | None] = mapped_column(String(32))  # what was asked for; None: nothing yet
    asked_at: Mapped[datetime | None]


async def busy_hosts(session: AsyncSession) -> Sequence[str]:
    """Return the uuids of the hosts on which such an action is under way."""
    query = select(HostRow.uuid).where(HostRow.ihost_action.in_(POWER_ACTIONS)).order_by(HostRow.id)
    return (await session.scalars(query)).all()


async def find(session: AsyncSession, host_id: int) -> PowerActionRow | None:
    """Return how far the action on a host has come; None: nobody has looked at it yet."""
    return await session.get(PowerActionRow, host_id)


async def forget(session: AsyncSession, host_id: int) -> None:
    """The action is over."""
    await session.execute(delete(PowerActionRow).where(PowerActionRow.host_id == host_id))


async def boot_of(session: AsyncSession, host_id: int) -> str | None:
    """Return by what a host's agent tells one boot from another; None: no agent has said."""
    return await session.scalar(select(AgentRow.boot).where(AgentRow.host_id == host_id))


async def has_agent(session: AsyncSession, host_id: int) -> bool:
    """Whether an agent speaks for this host."""
    return await session.scalar(select(AgentRow.id).where(AgentRow.host_id == host_id)) is not None
