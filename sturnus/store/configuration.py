"""What hosts have to be and are, and the fact that OpenStack is installed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Integer, String, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sturnus.store.application_models import ApplicationReleaseRow, ApplicationRow
from sturnus.store.models import Base, HostRow

ONLY: int = 1
"""Number of the one row."""


class OpenStackRow(Base):
    """There while OpenStack is installed and was verified.

    Apart from the application's own row: a removal that is asked for and then refused changes that one.
    """

    __tablename__ = "openstack"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    application: Mapped[str] = mapped_column(String(255))
    since: Mapped[datetime]


async def openstack(session: AsyncSession) -> OpenStackRow | None:
    """Return the fact, kept from others until the transaction ends if it is one that writes."""
    return await session.get(OpenStackRow, ONLY, with_for_update=True)


async def charts_of(session: AsyncSession, application: str) -> frozenset[str]:
    """Return the charts that an application has in the cluster."""
    query = select(ApplicationReleaseRow.chart).join(
        ApplicationRow, ApplicationRow.id == ApplicationReleaseRow.application_id
    )
    found = query.where(ApplicationRow.name == application, ApplicationReleaseRow.helm_revision > 0)
    return frozenset((await session.scalars(found)).all())


async def hosts_with_roles(session: AsyncSession) -> Sequence[HostRow]:
    """Return the hosts that have a name and a role, in the order in which rows are locked."""
    query = select(HostRow).where(HostRow.hostname.is_not(None), HostRow.personality.is_not(None))
    return (await session.scalars(query.order_by(HostRow.id))).all()


async def set_target(session: AsyncSession, host_id: int, target: str) -> None:
    """Write what a host has to be. No change of the host as clients see it: nobody's ETag ends by it."""
    wanted = {"config_target": target, "config_failure": None}
    await session.execute(update(HostRow).where(HostRow.id == host_id).values(wanted))


async def set_outcome(session: AsyncSession, host_id: int, applied: str | None, failure: str | None) -> None:
    """Write what came of an attempt. `applied` None: as before."""
    outcome = {"config_failure": failure} | ({} if applied is None else {"config_applied": applied})
    await session.execute(update(HostRow).where(HostRow.id == host_id).values(outcome))
