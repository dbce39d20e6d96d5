"""The one system: made at the first start, shown, renamed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.errors import Invalid, NotFound, Stale, Unavailable
from sturnus.core.settings import Settings
from sturnus.inventory.changing import Ground
from sturnus.inventory.host import System
from sturnus.store import events
from sturnus.store.models import SystemRow

SETTABLE: Final[Mapping[str, int]] = {
    "name": 255,
    "description": 255,
    "location": 255,
    "contact": 255,
    "timezone": 255,
}
"""Fields that `system modify` changes, with the longest text that each takes."""
REQUIRED: Final = frozenset({"name", "timezone"})


async def ensure(ground: Ground, settings: Settings) -> None:
    """Make the system if there is none. Later starts leave it as the operator made it, but for type and mode."""
    async with ground.database.write() as session:
        row = await session.scalar(select(SystemRow))
        if row is not None:
            row.system_type, row.system_mode = settings.system_type, settings.system_mode
            return
        session.add(
            SystemRow(
                uuid=ground.new_id(),
                name=settings.system_name,
                system_type=settings.system_type,
                system_mode=settings.system_mode,
                timezone="UTC",
                region_name=settings.region_name,
                created_at=ground.clock.now(),
            )
        )


async def the_system(session: AsyncSession) -> System:
    """The system as it is."""
    return _system(await _row(session))


async def update(ground: Ground, uuid: str, changes: Mapping[str, object], revision: int | None) -> System:
    """Change fields of the system.

    Raises:
        Invalid: unknown fields or unfit values, all of them.
        NotFound: the system has another uuid.
        Stale: it was changed since `revision`.

    """
    values = _checked(changes)
    async with ground.database.write() as session:
        row = await _row(session)
        if row.uuid != uuid:
            raise NotFound(f"system not found: {uuid[:80]}", expected=row.uuid, remedy="system show")
        if revision is not None and row.revision != revision:
            raise Stale(
                "The system was changed by somebody else.",
                expected=f"revision {revision}, and it is {row.revision} now",
                remedy="system show, then repeat the command",
            )
        for name, value in values.items():
            setattr(row, name, value)
        row.updated_at = ground.clock.now()
        await session.flush()
        await events.append(session, "system.changed", row.uuid, {"name": row.name}, ground.clock.now())
        return _system(row)


async def _row(session: AsyncSession) -> SystemRow:
    row: SystemRow | None = await session.scalar(select(SystemRow))
    if row is None:
        raise Unavailable(
            "the system is not set up yet",
            expected="a system, made at the first start",
            remedy="sturnus serve inventory",
        )
    return row


def _checked(changes: Mapping[str, object]) -> dict[str, str | None]:
    faults = []
    for name, value in changes.items():
        if name not in SETTABLE:
            faults.append(f"Field {name[:80]!r} of the system is not set by hand.")
        elif value in (None, "") and name in REQUIRED:
            faults.append(f"{name} cannot be empty.")
        elif not (value is None or (isinstance(value, str) and value.isprintable() and len(value) <= SETTABLE[name])):
            faults.append(f"{name} has to be printable text of at most {SETTABLE[name]} characters.")
    if faults:
        expected = "one of " + ", ".join(SETTABLE)
        raise Invalid(" ".join(faults), expected=expected, remedy="system help modify", details=tuple(faults))
    return {name: value if isinstance(value, str) else None for name, value in changes.items()}


def _system(row: SystemRow) -> System:
    return System(
        uuid=row.uuid,
        name=row.name,
        system_type=row.system_type,
        system_mode=row.system_mode,
        description=row.description,
        location=row.location,
        contact=row.contact,
        timezone=row.timezone,
        region_name=row.region_name,
        created_at=row.created_at,
        updated_at=row.updated_at,
        revision=row.revision,
    )
