"""Labels are assigned and removed: rows, revision, event and both notices in one commit (design, walk 1)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.errors import NotFound
from sturnus.inventory import changing
from sturnus.inventory.changing import Ground
from sturnus.inventory.host import Label, from_row
from sturnus.inventory.label_checks import LABEL_CHECKS, LABEL_REMOVAL_CHECKS, AssignFacts, Existing, RemoveFacts
from sturnus.inventory.labels import with_values
from sturnus.inventory.processors.layout import cpus_of
from sturnus.inventory.processors.model import CpuFunction
from sturnus.inventory.violations import refuse_if
from sturnus.store import labels, processors
from sturnus.store.models import HostRow, LabelRow
from sturnus.store.outbox import Topic


async def assign(
    ground: Ground, reference: str, given: Mapping[str, str | None], existing: Existing, revision: int | None
) -> list[Label]:
    """Assign labels to a host, all of them or none; return them as they are stored, in the order given."""
    wanted = with_values(given)
    async with ground.database.write() as session:
        row = await changing.locked(session, reference, revision)
        stored = {label.label_key: label for label in await labels.of_host(session, row.id)}
        values = {key: label.label_value for key, label in stored.items()}
        functions = await _functions(session, row)
        refuse_if(LABEL_CHECKS, AssignFacts(from_row(row), values, wanted, existing, functions))
        assigned = [_stored(session, ground, row, stored.get(key), (key, value)) for key, value in wanted.items()]
        await session.flush()
        if values | wanted != values:
            await _changed(session, ground, row)
        return [label_of(label, row.uuid) for label in assigned]


async def remove(ground: Ground, uuid: str, revision: int | None) -> None:
    """Remove one label."""
    async with ground.database.write() as session:
        found = await labels.find(session, uuid)
        if found is None:
            raise no_such_label(uuid)
        label, host_uuid = found
        row = await changing.locked(session, host_uuid, revision)
        refuse_if(LABEL_REMOVAL_CHECKS, RemoveFacts(from_row(row), label.label_key, await _functions(session, row)))
        await session.delete(label)
        await _changed(session, ground, row)


async def _functions(session: AsyncSession, row: HostRow) -> tuple[CpuFunction, ...]:
    """What the host's processors are for."""
    return tuple(cpu.function for cpu in cpus_of(from_row(row), await processors.functions(session, row.id)))


def label_of(row: LabelRow, host_uuid: str) -> Label:
    """A label from its row."""
    return Label(row.id, row.uuid, host_uuid, row.label_key, row.label_value)


def no_such_label(uuid: str) -> NotFound:
    """Nothing has this uuid."""
    return NotFound(
        f"label not found: {uuid[:80]}", expected="the uuid of a label", remedy="system host-label-list HOST"
    )


def _stored(
    session: AsyncSession, ground: Ground, host: HostRow, row: LabelRow | None, label: tuple[str, str]
) -> LabelRow:
    key, value = label
    if row is None:
        row = LabelRow(uuid=ground.new_id(), host_id=host.id, label_key=key, created_at=ground.clock.now())
        session.add(row)
    else:
        row.updated_at = ground.clock.now()
    row.label_value = value
    return row


async def _changed(session: AsyncSession, ground: Ground, row: HostRow) -> None:
    changing.notify(session, ground, row, Topic.VIM)
    if row.hostname is not None:
        changing.notify(session, ground, row, Topic.NODE)
    await changing.changed(session, ground, row, "labels.changed")
