"""Hosts with their state and labels, as one question: for checks that look at all of them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.states import Administrative
from sturnus.store.models import HostRow, LabelRow

StateAndLabels = tuple[Administrative, dict[str, str]]


async def named_hosts(session: AsyncSession) -> dict[str, StateAndLabels]:
    """Return administrative state and labels by hostname, unchanged by others until the transaction ends."""
    hosts = select(HostRow.id, HostRow.hostname, HostRow.administrative).where(HostRow.hostname.is_not(None))
    found = (await session.execute(hosts.order_by(HostRow.id).with_for_update(read=True))).all()
    labels: dict[int, dict[str, str]] = {}
    for host_id, key, value in await session.execute(
        select(LabelRow.host_id, LabelRow.label_key, LabelRow.label_value)
    ):
        labels.setdefault(host_id, {})[key] = value
    return {
        name: (administrative, labels.get(number, {})) for number, name, administrative in found if name is not None
    }
