"""Service parameters: settings of the platform's and the applications' services (reference/inventory.md §6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Integer, String, Text, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sturnus.store.hosts import Page
from sturnus.store.models import Base


class ServiceParameterRow(Base):
    """One setting. Its place (service, section, name, personality, resource) is its own: "" stands for none."""

    __tablename__ = "service_parameters"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    service: Mapped[str] = mapped_column(String(64))
    section: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(255))
    value: Mapped[str] = mapped_column(Text)
    personality: Mapped[str] = mapped_column(String(32))
    resource: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": revision}
    __table_args__ = (
        UniqueConstraint("service", "section", "name", "personality", "resource"),
        {"sqlite_autoincrement": True},
    )


FILTERS = {
    "service": ServiceParameterRow.service,
    "section": ServiceParameterRow.section,
    "name": ServiceParameterRow.name,
}
"""Fields by which lists are narrowed."""


async def page(session: AsyncSession, wanted: Page, filters: Mapping[str, str]) -> Sequence[ServiceParameterRow]:
    """Return a part of the parameters that match, in the order in which they were added."""
    query = select(ServiceParameterRow).order_by(ServiceParameterRow.id)
    for field, value in filters.items():
        query = query.where(FILTERS[field] == value)
    if wanted.after_id is not None:
        query = query.where(ServiceParameterRow.id > wanted.after_id)
    if wanted.limit is not None:
        query = query.limit(wanted.limit)
    return (await session.scalars(query)).all()


async def find(session: AsyncSession, uuid: str) -> ServiceParameterRow | None:
    """Return the parameter with this uuid."""
    if not uuid.isprintable() or len(uuid) > 36:
        return None  # PostgreSQL refuses to compare with some of these
    return await session.scalar(select(ServiceParameterRow).where(ServiceParameterRow.uuid == uuid))


async def at(session: AsyncSession, service: str, section: str) -> Sequence[ServiceParameterRow]:
    """Return the parameters of one section."""
    query = select(ServiceParameterRow).where(
        ServiceParameterRow.service == service, ServiceParameterRow.section == section
    )
    return (await session.scalars(query)).all()
