"""An application follows the inventory: on both databases, with scripted plans."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from sturnus.applications.engine import rows
from sturnus.applications.plan.placing import Obstacle
from sturnus.applications.plan.plan import Change, Plan, PlannedRelease
from sturnus.applications.reapply import BY, Reapplying
from sturnus.applications.release import ReleaseName
from sturnus.core.application_states import ApplicationStatus, OperationKind, OperationState
from sturnus.core.clock import random_id
from sturnus.core.states import HostAction
from sturnus.inventory.host import Host
from sturnus.store import applications, operations
from sturnus.store.application_models import ApplicationRow, OperationRow
from sturnus.store.database import Database
from tests.builders import in_service
from tests.integration.applications.operating import CLOCK, an_application, an_operation, end

pytestmark = pytest.mark.anyio


def a_plan(change: Change, *obstacles: Obstacle) -> Plan:
    name = ReleaseName("openstack", "nova")
    release = PlannedRelease(name, change, "values", "nova 1", (), (), (), "f")
    return Plan("openstack", "1", (release,), obstacles)


@dataclass
class World:
    """What the inventory says, and what a plan would say."""

    database: Database
    digest: str = "before"
    plan: Plan = field(default_factory=lambda: a_plan(Change.UPGRADE))
    planned: int = 0
    hosts: list[Host] = field(default_factory=lambda: [in_service()])

    def __post_init__(self) -> None:
        self.loop = Reapplying(self.database, CLOCK, random_id, self.system_digest, self, self.all_hosts, self.no_news)

    async def system_digest(self, _: ApplicationRow) -> str:
        return self.digest

    async def plan_of(self, _: ApplicationRow) -> Plan:
        self.planned += 1
        return self.plan

    async def all_hosts(self) -> list[Host]:
        return self.hosts

    async def no_news(self) -> bool:
        return False

    async def history(self) -> list[OperationRow]:
        async with self.database.read() as session:
            versions = [each.id for each in await operations.versions(session, "openstack")]
            return list(await operations.history(session, versions, 10))

    async def row(self) -> ApplicationRow:
        async with self.database.read() as session:
            found = await applications.current(session, "openstack")
            assert found is not None
            return found


@pytest.fixture
async def world(database: Database) -> World:
    """OpenStack was installed with `before`."""
    await an_application(database, active=True)
    await done(database, OperationKind.APPLY, system="before")
    return World(database)


async def done(database: Database, kind: OperationKind, system: str | None = None, **options: Any) -> None:
    """Carry out an operation, as the engine does."""
    taken = await an_operation(database, kind, **options)
    if system is not None:
        async with database.write() as session:
            await rows.note_system(session, taken.uuid, system)
    await end(database, taken)


async def test_what_was_installed_with_the_same_values_is_left_alone(world: World) -> None:
    assert await world.loop.look()
    assert world.planned == 0
    assert len(await world.history()) == 1


async def test_a_change_of_the_inventory_has_the_application_installed_again(world: World) -> None:
    world.digest = "after"

    assert await world.loop.look()
    newest = (await world.history())[0]
    assert (newest.kind, newest.state, newest.requested_by) == (OperationKind.APPLY, OperationState.QUEUED, BY)
    assert (await world.row()).status is ApplicationStatus.APPLYING

    assert await world.loop.look()
    assert len(await world.history()) == 2


async def test_a_change_that_changes_nothing_in_the_cluster_is_planned_once(world: World) -> None:
    world.digest, world.plan = "after", a_plan(Change.UNCHANGED)

    assert await world.loop.look()
    assert await world.loop.look()
    assert world.planned == 1
    assert len(await world.history()) == 1


async def test_hosts_on_their_way_are_waited_for(world: World) -> None:
    world.digest, at_rest = "after", world.hosts
    world.hosts = [replace(at_rest[0], ihost_action=HostAction.UNLOCK)]

    assert not await world.loop.look()
    assert len(await world.history()) == 1
    world.hosts = at_rest
    assert await world.loop.look()
    assert len(await world.history()) == 2


async def test_what_stands_against_it_is_said_and_the_application_stays_applied(world: World) -> None:
    world.digest = "after"
    world.plan = a_plan(Change.UPGRADE, Obstacle("all hosts", "there is no room", "add a host"))

    assert not await world.loop.look()
    row = await world.row()
    assert (row.status, row.progress) == (
        ApplicationStatus.APPLIED,
        "re-apply waits: all hosts: there is no room (add a host)",
    )
    assert len(await world.history()) == 1


async def test_after_a_rollback_only_a_new_change_counts(world: World) -> None:
    await done(world.database, OperationKind.ROLLBACK, to=(await world.history())[0].uuid)
    world.digest = "after"

    assert await world.loop.look()
    assert len(await world.history()) == 2
    world.digest = "later"
    assert await world.loop.look()
    assert len(await world.history()) == 3


async def test_a_process_that_was_away_finds_what_changed_meanwhile(world: World) -> None:
    world.digest = "after"

    assert await World(world.database, digest="after").loop.look()
    assert len(await world.history()) == 2
