"""Rows of applications."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.application_states import ApplicationStatus
from sturnus.store.application_models import ApplicationRow


async def current(session: AsyncSession, name: str) -> ApplicationRow | None:
    """Return the version of an application that is in force; None if there is no application of that name."""
    query = select(ApplicationRow).where(ApplicationRow.name == name)
    return await session.scalar(query.where(ApplicationRow.status != ApplicationStatus.INACTIVE))


async def lock(session: AsyncSession, name: str) -> ApplicationRow | None:
    """Return that version, to be changed by nobody else until the transaction ends."""
    query = select(ApplicationRow).where(ApplicationRow.name == name)
    return await session.scalar(query.where(ApplicationRow.status != ApplicationStatus.INACTIVE).with_for_update())


async def all_current(session: AsyncSession) -> Sequence[ApplicationRow]:
    """Return the version in force of each application, by name."""
    query = select(ApplicationRow).where(ApplicationRow.status != ApplicationStatus.INACTIVE)
    return (await session.scalars(query.order_by(ApplicationRow.name))).all()


async def bundle_paths(session: AsyncSession) -> list[str]:
    """Return where the bundles of all versions of all applications lie."""
    return [path for path in await session.scalars(select(ApplicationRow.bundle_path)) if path is not None]
