"""Actions on hosts, as levels: what is asked for is stored, and stays until somebody says how it ended.

    request -> checks -> row says `ihost_action`, `task` + outbox (VIM) -> ... -> `finish` -> states, or why not

A process that dies in between leaves the action in the row and the notice in the outbox: the next one goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, assert_never

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.states import LOCKS, POWER_ACTIONS, UNLOCKS, HostAction, Personality, ServicesReport
from sturnus.inventory import changing, host_resources, lifecycle, systems
from sturnus.inventory.action_checks import ActionFacts, checks_for
from sturnus.inventory.changing import Ground
from sturnus.inventory.host import INVENTORIED, TASKS, Host, from_row
from sturnus.inventory.lifecycle import Done, Failed, Outcome, Presence, States
from sturnus.inventory.networking.following import follow_ports
from sturnus.inventory.violations import refuse_if, violations
from sturnus.store import hosts, labels, power_actions
from sturnus.store.models import HostRow
from sturnus.store.outbox import Topic

_ABOUT: Final[Mapping[ServicesReport, frozenset[HostAction]]] = {
    ServicesReport.ENABLED: UNLOCKS,
    ServicesReport.ENABLE_EXTEND: UNLOCKS,
    ServicesReport.ENABLE_FAILED: UNLOCKS,
    ServicesReport.DISABLED: LOCKS,
    ServicesReport.DISABLE_EXTEND: LOCKS,
    ServicesReport.DISABLE_FAILED: LOCKS,
}
"""Which actions a word of the VIM can be about."""

_CARRIED_OUT: Final = LOCKS | UNLOCKS | POWER_ACTIONS
"""By the VIM, or by `power_actions`. The checks refuse the others."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a host says of itself, or what is heard of it."""

    presence: Presence
    uptime: int  # seconds
    hardware: Mapping[str, Any] | None = None  # None: as last time


async def facts(session: AsyncSession, ground: Ground, row: HostRow) -> ActionFacts:
    """Gather all that decides whether something may be done with a host."""
    others = [other for other in await hosts.all_rows(session) if other.personality is Personality.CONTROLLER]
    host = from_row(row)
    return ActionFacts(
        host=host,
        labels={label.label_key: label.label_value for label in await labels.of_host(session, row.id)},
        system=await systems.the_system(session),
        active_controller=ground.active_controller,
        other_controllers=tuple(from_row(other) for other in others if other.id != row.id),
        resources=await host_resources.gather(session, host),
    )


async def request(ground: Ground, reference: str, action: HostAction, revision: int | None) -> Host:
    """Store what is asked of a host, and tell the VIM, in one commit. Answers at once: the host's `task` says it."""
    async with ground.database.write() as session:
        row = await changing.locked(session, reference, revision)
        found = await facts(session, ground, row)
        refuse_if(checks_for(action, found), found)
        row.ihost_action = action
        row.task = TASKS[action]
        row.vim_progress_status = None
        changing.notify(session, ground, row, Topic.VIM)
        await changing.changed(session, ground, row, "host.changed")
        return from_row(row)


async def refusals(ground: Ground, reference: str, action: HostAction) -> Sequence[str]:
    """What `request` would be refused with now. Changes nothing."""
    async with ground.database.read() as session:
        row = await hosts.find(session, reference)
        if row is None:
            raise changing.no_such_host(reference)
        found = await facts(session, ground, row)
    return [each.message for each in violations(checks_for(action, found), found)]


async def finish(ground: Ground, uuid: str, action: HostAction, outcome: Outcome) -> None:
    """Write down how an action ended. One that was overtaken, or whose host is gone, changes nothing."""
    async with ground.database.write() as session:
        row = await hosts.lock(session, uuid)
        if row is None or row.ihost_action is not action:
            return
        match outcome:
            case Done():
                set_states(row, lifecycle.after_action(from_row(row), action))
                row.vim_progress_status = lifecycle.progress_after(action)
            case Failed(reason):
                row.vim_progress_status = reason
            case _:
                assert_never(outcome)
        row.ihost_action = row.task = None
        await power_actions.forget(session, row.id)
        await changing.changed(session, ground, row, "host.changed")


def nobodys(host: Host) -> tuple[HostAction, Failed] | None:
    """The action under way that nobody carries out, and how it ends: an earlier version let it begin. None: no such."""
    action = host.ihost_action
    if action is None or action in _CARRIED_OUT:
        return None
    return action, Failed(f"{action.value} of {host.name} was not done: nothing on this platform can do it")


async def vim_reports(ground: Ground, reference: str, said: ServicesReport, reason: str | None) -> Host:
    """Take in how the VIM says that an action goes. What does not fit the action under way changes nothing.

    Source: reference/inventory.md §5.5, §5.6. A word that comes late, or twice, is no error: the VIM looks again.
    """
    host = await _reported(ground, reference)
    action = host.ihost_action
    if action is None or action not in _ABOUT[said]:
        return host
    match said:
        case ServicesReport.ENABLED | ServicesReport.DISABLED:
            await finish(ground, host.uuid, action, Done())
        case ServicesReport.ENABLE_FAILED | ServicesReport.DISABLE_FAILED:
            await finish(ground, host.uuid, action, Failed(reason or said))
        case ServicesReport.ENABLE_EXTEND | ServicesReport.DISABLE_EXTEND:
            await _waits(ground, host.uuid, action, reason)
        case _:
            assert_never(said)
    return await _reported(ground, reference)


async def _reported(ground: Ground, reference: str) -> Host:
    async with ground.database.read() as session:
        row = await hosts.find(session, reference)
    if row is None:
        raise changing.no_such_host(reference)
    return from_row(row)


async def _waits(ground: Ground, uuid: str, action: HostAction, reason: str | None) -> None:
    """Show what an action waits for. The VIM said it, so it is not told."""
    async with ground.database.write() as session:
        row = await hosts.lock(session, uuid)
        if row is not None and row.ihost_action is action and row.vim_progress_status != reason:
            row.vim_progress_status = reason
            await changing.changed(session, ground, row, "host.changed")


async def report(ground: Ground, reference: str, heard: Report) -> Host:
    """Write down what was heard of a host. What is as it was, changes nothing and tells nobody."""
    async with ground.database.write() as session:
        row = await changing.locked(session, reference, None)
        await keep_uptime(session, row, heard.uptime)
        states = lifecycle.after_report(from_row(row), heard.presence)
        await settle(session, ground, row, states, heard.hardware)
        return from_row(row)


async def keep_uptime(session: AsyncSession, row: HostRow, uptime: int) -> None:
    """Not a change of the host as clients see it: its revision stays, or nobody's ETag would live long."""
    await session.execute(update(HostRow).where(HostRow.id == row.id).values(uptime=uptime))


async def settle(
    session: AsyncSession, ground: Ground, row: HostRow, states: States, hardware: Mapping[str, Any] | None
) -> None:
    """Give a host its states, and its hardware unless that is None. What is as it was, tells nobody."""
    host = from_row(row)
    news = hardware is not None and (dict(hardware) != host.hardware or host.inv_state != INVENTORIED)
    if states == lifecycle.states_of(host) and not news:
        return
    set_states(row, states)
    if hardware is not None:
        row.hardware = dict(hardware)
        row.inv_state = INVENTORIED
        await follow_ports(session, ground, row)
    changing.notify(session, ground, row, Topic.VIM)
    await changing.changed(session, ground, row, "host.changed")


def set_states(row: HostRow, states: States) -> None:
    """Give a row its states, and nothing else: who calls tells others."""
    row.administrative = states.administrative
    row.operational = states.operational
    row.availability = states.availability
    row.invprovision = states.invprovision
