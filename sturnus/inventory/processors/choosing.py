"""The operator divides processors and memory: rows, revision, event and the notice to the VIM in one commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.errors import NotFound
from sturnus.inventory import changing, forms
from sturnus.inventory.changing import Ground
from sturnus.inventory.derived_ids import host_number
from sturnus.inventory.forms import Form
from sturnus.inventory.host import Host, from_row
from sturnus.inventory.processors.checks import CPU_CHECKS, MEMORY_CHECKS, CpuFacts, MemoryFacts
from sturnus.inventory.processors.dividing import divided
from sturnus.inventory.processors.layout import cpus_of, memory_of
from sturnus.inventory.processors.model import Cpu, CpuRequest, Memory, MemoryChoice
from sturnus.inventory.violations import refuse_if
from sturnus.store import labels, processors
from sturnus.store.models import HostRow
from sturnus.store.outbox import Topic
from sturnus.store.processors import MemoryChoiceRow

MOST_MIB: Final = 2**26
"""64 TiB a NUMA node."""


def _page_size(given: object) -> int:
    if str(given) not in {"2", "1024"}:
        raise ValueError("2 or 1024")
    return int(str(given))


MEMORY_FIELDS: Final[Mapping[str, str]] = {
    "platform_reserved_mib": "platform_mib",
    "vm_hugepages_nr_2M_pending": "pages_2m",
    "vm_hugepages_nr_1G_pending": "pages_1g",
    "vswitch_hugepages_reqd": "vswitch_pages",
    "vswitch_hugepages_size_mib": "vswitch_page_mib",
}
"""The wire's name of each choice."""
MEMORY_FORM: Final = Form(
    "a host's memory",
    {name: _page_size if name.endswith("size_mib") else forms.number(0, MOST_MIB) for name in MEMORY_FIELDS},
    "system help host-memory-modify",
)


async def divide_cpus(
    ground: Ground, reference: str, requests: Iterable[CpuRequest], revision: int | None
) -> tuple[Cpu, ...]:
    """Give cores to functions."""
    async with ground.database.write() as session:
        row = await changing.locked(session, reference, revision)
        host = from_row(row)
        cpus = cpus_of(host, await processors.functions(session, row.id))
        division = divided(cpus, requests)
        stored = {label.label_key: label.label_value for label in await labels.of_host(session, row.id)}
        refuse_if(CPU_CHECKS, CpuFacts(host, stored, cpus, division))
        chosen = {cpu: function.value for cpu, function in division.functions.items()}
        if dict(division.functions) != {each.cpu: each.function for each in cpus}:
            await processors.choose_functions(session, row.id, chosen)
            await _changed(session, ground, row, "cpus.changed")
        return cpus_of(host, chosen)


async def divide_memory(
    ground: Ground, uuid: str, raw: Mapping[str, object], revision: int | None
) -> tuple[Memory, int]:
    """Divide the memory of one NUMA node; what the hardware does not have yet, it has after the next unlock.

    Returns the memory and the host's revision.
    """
    changes = {MEMORY_FIELDS[name]: value for name, value in forms.changes(MEMORY_FORM, raw).items()}
    async with ground.database.write() as session:
        row = await changing.locked(session, host_of(uuid, "memory"), revision)
        host, choices = from_row(row), await choices_of(session, row.id)
        stored = with_uuid(memory_of(host, choices), uuid, "memory")
        choice = replace(stored.choice, **changes)
        present = memory_of(host, {**choices, stored.numa_node: choice})
        wanted = with_uuid(present, uuid, "memory")
        refuse_if(MEMORY_CHECKS, MemoryFacts(host, wanted, is_first=wanted is present[0]))
        if choice != stored.choice:
            await _write(session, row, stored.numa_node, choice)
            await _changed(session, ground, row, "memory.changed")
        return wanted, row.revision


async def choices_of(session: AsyncSession, host_id: int) -> dict[int, MemoryChoice]:
    """What was chosen for the memory of a host, by NUMA node."""
    return {row.node: _choice(row) for row in await processors.memory(session, host_id)}


async def all_choices(session: AsyncSession) -> dict[int, dict[int, MemoryChoice]]:
    """What was chosen for the memory of all hosts: host's number → NUMA node → choice."""
    found: dict[int, dict[int, MemoryChoice]] = {}
    for row in await processors.all_memory(session):
        found.setdefault(row.host_id, {})[row.node] = _choice(row)
    return found


def _choice(row: MemoryChoiceRow) -> MemoryChoice:
    return MemoryChoice(row.platform_mib, row.pages_2m, row.pages_1g, row.vswitch_pages, row.vswitch_page_mib)


def host_of(uuid: str, thing: str) -> str:
    """The host's number in the uuid of something that it reported. NotFound if that is no such uuid."""
    number = host_number(uuid)
    if number is None:
        raise _not_found(uuid, thing)
    return number


def with_uuid(found: Iterable[Any], uuid: str, thing: str) -> Any:
    """The one with this uuid. NotFound if there is none."""
    match = next((each for each in found if each.uuid == uuid.lower()), None)
    if match is None:
        raise _not_found(uuid, thing)
    return match


def _not_found(uuid: str, thing: str) -> NotFound:
    return NotFound(
        f"{thing} not found: {uuid[:80]}", expected="a uuid as lists show it", remedy=f"system host-{thing}-list HOST"
    )


async def _write(session: AsyncSession, host: HostRow, node: int, choice: MemoryChoice) -> None:
    row = await session.get(MemoryChoiceRow, (host.id, node))
    if row is None:
        row = MemoryChoiceRow(host_id=host.id, node=node)
        session.add(row)
    for name in MEMORY_FIELDS.values():
        setattr(row, name, getattr(choice, name))


async def _changed(session: AsyncSession, ground: Ground, row: HostRow, kind: str) -> None:
    changing.notify(session, ground, row, Topic.VIM)
    await changing.changed(session, ground, row, kind)


async def resources_of(session: AsyncSession, host: Host) -> tuple[tuple[Cpu, ...], tuple[Memory, ...]]:
    """Processors and memory of a host, as chosen."""
    cpus = cpus_of(host, await processors.functions(session, host.id))
    return cpus, memory_of(host, await choices_of(session, host.id))
