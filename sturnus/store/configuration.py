"""What hosts have to be and are, and the fact that OpenStack is installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from sturnus.core.states import Administrative, HostAction, Personality
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


@dataclass(frozen=True, slots=True)
class HostWithRole:
    """What of a host decides what it has to be: not its hardware, which would be most of what is read."""

    id: int
    uuid: str
    hostname: str
    personality: Personality
    subfunctions: str | None
    mgmt_ip: str | None
    administrative: Administrative
    action: HostAction | None  # under way
    config_target: str | None


@dataclass(frozen=True, slots=True)
class Unapplied:
    """A host that is not what it has to be."""

    uuid: str
    target: str
    failed: bool  # at this target


_OF_A_HOST: Sequence[InstrumentedAttribute[Any]] = (
    HostRow.id, HostRow.uuid, HostRow.hostname, HostRow.personality, HostRow.subfunctions, HostRow.mgmt_ip,
    HostRow.administrative, HostRow.ihost_action, HostRow.config_target,
)  # fmt: skip
_HAS_A_ROLE = (HostRow.hostname.is_not(None), HostRow.personality.is_not(None))


async def hosts_with_roles(session: AsyncSession) -> list[HostWithRole]:
    """Return the hosts that have a name and a role, in the order in which rows are locked."""
    query = select(*_OF_A_HOST).where(*_HAS_A_ROLE).order_by(HostRow.id)
    return [HostWithRole(*row) for row in await session.execute(query)]


async def unapplied(session: AsyncSession) -> list[Unapplied]:
    """Return the hosts that are not what they have to be. Asked each second: in the steady state it reads no host."""
    differs = or_(HostRow.config_applied.is_(None), HostRow.config_applied != HostRow.config_target)
    query = select(HostRow.uuid, HostRow.config_target, HostRow.config_failure.is_not(None))
    wanted = query.where(*_HAS_A_ROLE, HostRow.config_target.is_not(None), differs).order_by(HostRow.id)
    return [Unapplied(uuid, str(target), failed) for uuid, target, failed in await session.execute(wanted)]


async def set_target(session: AsyncSession, host_id: int, target: str) -> None:
    """Write what a host has to be. No change of the host as clients see it: nobody's ETag ends by it."""
    wanted = {"config_target": target, "config_failure": None}
    await session.execute(update(HostRow).where(HostRow.id == host_id).values(wanted))


async def set_outcome(session: AsyncSession, host_id: int, applied: str | None, failure: str | None) -> None:
    """Write what came of an attempt. `applied` None: as before."""
    outcome = {"config_failure": failure} | ({} if applied is None else {"config_applied": applied})
    await session.execute(update(HostRow).where(HostRow.id == host_id).values(outcome))
