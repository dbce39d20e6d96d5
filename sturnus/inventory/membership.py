"""Hosts come, are described, and go (reference/inventory.md §5.7)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.errors import Invalid
from sturnus.core.states import Administrative, Availability, Operational, Personality, Provisioning
from sturnus.inventory import acting, bmc, changing, fields, systems
from sturnus.inventory.changing import Ground
from sturnus.inventory.fields import Value
from sturnus.inventory.host import Host, from_row
from sturnus.inventory.host_checks import ADD_CHECKS, DELETE_CHECKS, UPDATE_CHECKS, AddFacts, UpdateFacts, name_for
from sturnus.inventory.violations import refuse_if
from sturnus.store import hosts, interfaces, outbox
from sturnus.store.models import HostRow
from sturnus.store.outbox import Topic


async def add(ground: Ground, raw: Mapping[str, object]) -> Host:
    """Add a host: locked, disabled, offline. The VIM is told, and creates nothing for it (spec, "host-add")."""
    wanted = fields.parse(raw)
    password = wanted.pop(bmc.PASSWORD, None)
    async with ground.database.write() as session:
        facts = await _add_facts(session, wanted)
        refuse_if(ADD_CHECKS, facts)
        row = new_row(ground, facts.wanted)
        session.add(row)
        await session.flush()
        if password is not None:
            await bmc.keep_password(session, ground, row, str(password))
        changing.notify(session, ground, row, Topic.VIM, *_node_topic(row.hostname))
        await changing.changed(session, ground, row, "host.added")
        return from_row(row)


async def update(ground: Ground, reference: str, raw: Mapping[str, object], revision: int | None) -> Host:
    """Change what is known of a host."""
    wanted = fields.parse(raw)
    if not wanted:
        raise Invalid("Nothing to change.", expected="at least one FIELD=VALUE", remedy="system help host-update")
    async with ground.database.write() as session:
        row = await changing.locked(session, reference, revision)
        host = from_row(row)
        secret = {name: wanted.pop(name) for name in (bmc.PASSWORD,) if name in wanted}
        changes = {name: value for name, value in wanted.items() if getattr(host, name) != value}
        others = tuple(from_row(other) for other in await hosts.all_rows(session) if other.id != row.id)
        if changes.get("personality") is not None and "hostname" not in wanted and host.hostname is None:
            changes |= _given_name(changes, others)
        refuse_if(UPDATE_CHECKS, UpdateFacts(host, changes, others))
        if not changes and not secret:
            return host
        apply(row, changes)
        await _describe_controller(session, ground, row, changes | secret)
        await session.flush()
        changing.notify(session, ground, row, Topic.VIM, *_node_topic(row.hostname))
        if "hostname" in changes and host.hostname:
            _let_go_of_node(session, ground, host)
        await changing.changed(session, ground, row, "host.changed")
        return from_row(row)


async def _describe_controller(
    session: AsyncSession, ground: Ground, row: HostRow, changes: Mapping[str, Value]
) -> None:
    if not changes.keys() & bmc.FIELDS:
        return
    if bmc.PASSWORD in changes:
        given = changes[bmc.PASSWORD]
        await bmc.keep_password(session, ground, row, None if given is None else str(given))
    if "bm_type" in changes and row.bm_type is None:
        await bmc.keep_password(session, ground, row, None)  # without a controller there is nobody to show it to
    await bmc.try_again(session, row)


async def delete(ground: Ground, reference: str, revision: int | None) -> None:
    """Remove a host with its labels. The VIM is told that it is gone, and its node is let go of."""
    async with ground.database.write() as session:
        row = await changing.locked(session, reference, revision)
        refuse_if(DELETE_CHECKS, await acting.facts(session, ground, row))
        changing.notify(session, ground, row, Topic.VIM, *_node_topic(row.hostname))
        await changing.changed(session, ground, row, "host.deleted")
        await interfaces.stand_on_nothing(session, row.id)
        await session.delete(row)


async def _add_facts(session: AsyncSession, wanted: dict[str, Value]) -> AddFacts:
    others = tuple(from_row(row) for row in await hosts.all_rows(session))
    if wanted.get("hostname") is None:
        wanted = wanted | _given_name(wanted, others)
    return AddFacts(wanted, await systems.the_system(session), others)


def _given_name(wanted: Mapping[str, Value], others: tuple[Host, ...]) -> dict[str, Value]:
    personality = wanted.get("personality")
    name = name_for(personality if isinstance(personality, Personality) else None, others)
    return {} if name is None else {"hostname": name}


def new_row(ground: Ground, wanted: Mapping[str, Value]) -> HostRow:
    """Make the row of a host that nothing was heard of yet: locked, disabled, offline."""
    row = HostRow(
        uuid=ground.new_id(),
        administrative=Administrative.LOCKED,
        operational=Operational.DISABLED,
        availability=Availability.OFFLINE,
        location={},
        hardware={},
        uptime=0,
        created_at=ground.clock.now(),
    )
    apply(row, wanted)
    return row


def apply(row: HostRow, changes: Mapping[str, Value]) -> None:
    """Set fields of a row, and what follows from its personality."""
    for name, value in changes.items():
        setattr(row, name, value)
    if row.personality is not None:
        row.subfunctions = row.subfunctions or row.personality.value
        row.invprovision = row.invprovision or Provisioning.UNPROVISIONED


def _node_topic(hostname: str | None) -> tuple[Topic, ...]:
    return () if hostname is None else (Topic.NODE,)  # without a name there is no node to look at


def _let_go_of_node(session: AsyncSession, ground: Ground, before: Host) -> None:
    """A renamed host leaves a node behind that has its labels."""
    outbox.enqueue(session, Topic.NODE, before.uuid, {"hostname": before.hostname}, ground.clock.now())
