"""What the operator chose for a host's processors and memory. Facts of the hardware stay with the host's row.

No row: the platform's own default applies (`sturnus.inventory.processors`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ForeignKey, Integer, String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sturnus.store.models import Base


class CpuFunctionRow(Base):
    """What one logical processor of a host is for."""

    __tablename__ = "cpu_functions"

    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"), primary_key=True)
    cpu: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    function: Mapped[str] = mapped_column(String(32))


class MemoryChoiceRow(Base):
    """How the memory of one NUMA node is to be divided. None: as it is, or as the platform would do it."""

    __tablename__ = "memory_choices"

    host_id: Mapped[int] = mapped_column(ForeignKey("hosts.id", ondelete="CASCADE"), primary_key=True)
    node: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    platform_mib: Mapped[int | None] = mapped_column(Integer)
    pages_2m: Mapped[int | None] = mapped_column(Integer)
    pages_1g: Mapped[int | None] = mapped_column(Integer)
    vswitch_pages: Mapped[int | None] = mapped_column(Integer)
    vswitch_page_mib: Mapped[int | None] = mapped_column(Integer)


async def functions(session: AsyncSession, host_id: int) -> Mapping[int, str]:
    """Return what the operator chose for each processor; empty: nothing."""
    rows = await session.scalars(select(CpuFunctionRow).where(CpuFunctionRow.host_id == host_id))
    return {row.cpu: row.function for row in rows}


async def all_functions(session: AsyncSession) -> Mapping[int, Mapping[int, str]]:
    """Return what was chosen for processors, by the host's number; hosts for which nothing was are left out."""
    found: dict[int, dict[int, str]] = {}
    for row in await session.scalars(select(CpuFunctionRow)):
        found.setdefault(row.host_id, {})[row.cpu] = row.function
    return found


async def choose_functions(session: AsyncSession, host_id: int, chosen: Mapping[int, str]) -> None:
    """Replace what was chosen for the processors of a host."""
    await session.execute(delete(CpuFunctionRow).where(CpuFunctionRow.host_id == host_id))
    session.add_all(CpuFunctionRow(host_id=host_id, cpu=cpu, function=function) for cpu, function in chosen.items())
    await session.flush()


async def memory(session: AsyncSession, host_id: int) -> Sequence[MemoryChoiceRow]:
    """Return what was chosen for the memory of a host, by NUMA node."""
    query = select(MemoryChoiceRow).where(MemoryChoiceRow.host_id == host_id).order_by(MemoryChoiceRow.node)
    return (await session.scalars(query)).all()


async def all_memory(session: AsyncSession) -> Sequence[MemoryChoiceRow]:
    """Return what was chosen for the memory of all hosts, by host and NUMA node."""
    query = select(MemoryChoiceRow).order_by(MemoryChoiceRow.host_id, MemoryChoiceRow.node)
    return (await session.scalars(query)).all()
