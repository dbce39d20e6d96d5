"""What alarms of the platform follow from: of each host and application what is needed, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.application_states import ApplicationStatus
from sturnus.store.application_models import ApplicationRow
from sturnus.store.failures import FailureRow
from sturnus.store.models import HostRow


async def hosts(session: AsyncSession) -> Sequence[Sequence[Any]]:
    """Return of each host that has a name the columns of `faults.sources.HostFacts`, in its order."""
    query = (
        select(
            HostRow.hostname,
            HostRow.administrative,
            HostRow.availability,
            HostRow.ihost_action,
            FailureRow.verdict,
            FailureRow.reason,
            FailureRow.fencing,
            FailureRow.fencing_reason,
            HostRow.config_target,
            HostRow.config_applied,
            HostRow.config_failure,
        )
        .outerjoin(FailureRow, FailureRow.host_id == HostRow.id)
        .where(HostRow.hostname.is_not(None))
        .order_by(HostRow.id)
    )
    return (await session.execute(query)).all()


async def applications(session: AsyncSession) -> Sequence[Sequence[Any]]:
    """Return name, status and progress of each application's version in force."""
    query = select(ApplicationRow.name, ApplicationRow.status, ApplicationRow.progress)
    in_force = query.where(ApplicationRow.status != ApplicationStatus.INACTIVE).order_by(ApplicationRow.name)
    return (await session.execute(in_force)).all()
