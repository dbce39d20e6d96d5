"""Takes nodes of an existing cluster over. One transaction for each: a host with its labels, or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.errors import Invalid
from sturnus.core.states import Administrative, HostAction
from sturnus.inventory import acting, adoption, changing, lifecycle, membership
from sturnus.inventory.adoption import Add, FoundNode, Known, KnownHosts, Name, Refresh, Refuse, Step
from sturnus.inventory.announcement import Known as KnownHost
from sturnus.inventory.changing import Ground
from sturnus.inventory.host import Host, from_row
from sturnus.store import agents, hosts, labels
from sturnus.store.models import HostRow, LabelRow
from sturnus.store.outbox import Topic


@dataclass(frozen=True, slots=True)
class Adopted:
    """What became of a node, or would."""

    node: str
    step: Step
    host: Host | None  # None: refused, or not made yet


async def preview(ground: Ground, nodes: Iterable[FoundNode]) -> list[Adopted]:
    """What `adopt` would do. Changes nothing."""
    async with ground.database.read() as session:
        known = await _known(session)
    steps = [(node.name, adoption.step_for(node, known)) for node in nodes]
    return [Adopted(name, step, getattr(step, "host", None)) for name, step in steps]


async def adopt(ground: Ground, node: FoundNode) -> Adopted:
    """Take one node over. Again: nothing changes, but for a host without an agent, whose presence follows the node."""
    async with ground.database.write() as session:
        step = adoption.step_for(node, await _known(session))
        match step:
            case Add():
                row = membership.new_row(ground, {})
                session.add(row)
                host = await _take_over(session, ground, row, node, "host.added")
            case Name(found):
                row = await changing.locked(session, found.uuid, None)
                host = await _take_over(session, ground, row, node, "host.changed")
            case Refresh(found):
                row = await changing.locked(session, found.uuid, None)
                await acting.settle(session, ground, row, lifecycle.after_report(from_row(row), node.presence), None)
                host = from_row(row)
            case Known(found):
                host = found
            case Refuse():
                return Adopted(node.name, step, None)
            case other:
                assert_never(other)
        return Adopted(node.name, step, host)


async def _known(session: AsyncSession) -> KnownHosts:
    with_agents = await agents.hosts_with_agents(session)
    return KnownHosts(KnownHost(from_row(row), row.id in with_agents) for row in await hosts.all_rows(session))


async def _take_over(session: AsyncSession, ground: Ground, row: HostRow, node: FoundNode, kind: str) -> Host:
    if row.ihost_action is not None:
        raise Invalid(
            f"Host {row.id} is being worked on: {row.task}.",
            expected="a host at rest",
            remedy="adopt it again afterwards",
        )
    membership.apply(row, adoption.settings_of(node))
    await session.flush()
    await _assign(session, ground, row, node)
    agent_speaks = row.id in await agents.hosts_with_agents(session)
    if not agent_speaks:
        acting.set_states(row, lifecycle.after_report(from_row(row), node.presence))
    if node.administrative is Administrative.UNLOCKED:
        acting.set_states(row, lifecycle.after_action(from_row(row), HostAction.UNLOCK))
    changing.notify(session, ground, row, Topic.VIM, Topic.NODE)
    await changing.changed(session, ground, row, kind)
    return from_row(row)


async def _assign(session: AsyncSession, ground: Ground, row: HostRow, node: FoundNode) -> None:
    """What the node has already needs no lock: nothing changes there. What the host has been given before stays."""
    there = {label.label_key for label in await labels.of_host(session, row.id)}
    for key, value in sorted(adoption.labels_taken_over(node).items()):
        if key not in there:
            label = LabelRow(uuid=ground.new_id(), host_id=row.id, label_key=key, created_at=ground.clock.now())
            label.label_value = value
            session.add(label)
