"""Rows of agents: which key speaks for which host, and when it was heard last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.store.models import AgentRow, HostRow


async def find(session: AsyncSession, key_id: str) -> AgentRow | None:
    """Return the agent with this key."""
    return await session.scalar(select(AgentRow).where(AgentRow.key_id == key_id))


async def of_host(session: AsyncSession, host_id: int) -> AgentRow | None:
    """Return the agent of a host."""
    return await session.scalar(select(AgentRow).where(AgentRow.host_id == host_id))


async def host_uuid(session: AsyncSession, key_id: str) -> str | None:
    """Return the uuid of the host that this key speaks for."""
    query = select(HostRow.uuid).join(AgentRow, AgentRow.host_id == HostRow.id).where(AgentRow.key_id == key_id)
    return await session.scalar(query)


async def hosts_with_agents(session: AsyncSession) -> frozenset[int]:
    """Return the numbers of the hosts that have an agent."""
    return frozenset(await session.scalars(select(AgentRow.host_id)))


async def heard(session: AsyncSession, key_id: str, stamp: int, now: datetime) -> bool:
    """Write down a sign of life; False if this stamp, or a later one, was written before."""
    newer = update(AgentRow).where(AgentRow.key_id == key_id, AgentRow.last_stamp < stamp)
    done = await session.execute(newer.values(last_stamp=stamp, last_seen=now))
    return cast("CursorResult[Any]", done).rowcount == 1


async def silent_hosts(session: AsyncSession, since: datetime) -> Sequence[HostRow]:
    """Return the hosts whose agents were not heard since then."""
    query = select(HostRow).join(AgentRow, AgentRow.host_id == HostRow.id).where(AgentRow.last_seen < since)
    return (await session.scalars(query.order_by(HostRow.id))).all()


async def last_seen(session: AsyncSession, host_id: int) -> datetime | None:
    """Return when the agent of a host was heard last; None if it has none."""
    return await session.scalar(select(AgentRow.last_seen).where(AgentRow.host_id == host_id))
