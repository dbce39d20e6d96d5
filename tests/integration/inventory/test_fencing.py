"""A host that failed is switched off by its controller: with the tables, the outbox and a real Redfish service."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.ground.power import PowerState
from sturnus.core.clock import SystemClock, random_id
from sturnus.core.settings import Settings
from sturnus.core.states import Administrative, Availability, Fencing, Operational, Verdict
from sturnus.core.vault import Vault
from sturnus.inventory import failures, systems
from sturnus.inventory.changing import Ground
from sturnus.inventory.fencing import Fence
from sturnus.inventory.lifecycle import Presence
from sturnus.inventory.service import Inventory, Report
from sturnus.inventory.witnesses import Decision, Evidence, Heartbeat, Lease
from sturnus.redfish.client import RedfishPower
from sturnus.store import failures as failure_rows
from sturnus.store import hosts
from sturnus.store.database import Database
from sturnus.store.dispatcher import Dispatcher
from sturnus.store.failures import FailureRow
from sturnus.store.outbox import Topic
from tests.builders import nothing_seen
from tests.loopback_rack import LoopbackRack, loopback_rack

pytestmark = pytest.mark.anyio

GONE = Evidence(Heartbeat.SILENT, 6, Lease.STALE, 9)
BACK = Evidence(Heartbeat.HEARD, 0, Lease.RENEWED, 1)


@pytest.fixture
def rack(tmp_path: Path) -> Iterator[LoopbackRack]:
    with loopback_rack(tmp_path) as started:
        started.state = PowerState.ON
        yield started


@dataclass
class World:
    ground: Ground
    inventory: Inventory
    rack: LoopbackRack
    uuid: str

    async def decide(self, verdict: Verdict, evidence: Evidence) -> None:
        await failures.settle(self.ground, self.uuid, lambda *_: evidence, lambda _: Decision(verdict, "so it is"))

    async def failure(self) -> FailureRow | None:
        async with self.ground.database.read() as session:
            return await failure_rows.of_host(session, self.uuid)

    async def fencing_becomes(self, wanted: Fencing) -> FailureRow:
        async with asyncio.timeout(30):
            while (found := await self.failure()) is None or found.fencing is not wanted:
                await asyncio.sleep(0.02)
        return found

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[None]:
        fence = Fence(self.ground, RedfishPower(self.rack.ca), nothing_seen().hearing)
        dispatcher = Dispatcher(self.ground.database, {Topic.FENCE: fence.deliver}, SystemClock())
        task = asyncio.create_task(dispatcher.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def world(database: Database, rack: LoopbackRack, tmp_path: Path) -> World:
    """A worker in service with a controller."""
    ground = Ground(database, SystemClock(), random_id, "controller-0", Vault(tmp_path / "key"))
    await systems.ensure(ground, Settings())
    inventory = Inventory(ground, nothing_seen())
    host = await inventory.add_host({"hostname": "compute-0", "personality": "worker"} | rack.description)
    await inventory.report_host(host.uuid, Report(Presence.ONLINE, 0))
    async with database.write() as session:
        row = await hosts.lock(session, host.uuid)
        assert row is not None
        row.administrative, row.operational = Administrative.UNLOCKED, Operational.ENABLED
        row.availability = Availability.AVAILABLE
    return World(ground, inventory, rack, host.uuid)


async def test_a_host_that_failed_is_switched_off_and_only_then_safely_down(world: World) -> None:
    await world.decide(Verdict.FAILED, GONE)
    host = await world.inventory.host("compute-0")
    assert (host.operational, host.availability) == ("disabled", "failed")
    assert not await world.inventory.is_safely_down("compute-0")

    async with world.delivering():
        found = await world.fencing_becomes(Fencing.FENCED)

    assert world.rack.power.calls == [("force_off", "compute-0")]
    assert found.fencing_reason == f"the controller at {world.rack.address} says that it is off"
    assert await world.inventory.is_safely_down("compute-0")
    assert (await world.inventory.host("compute-0")).availability == "failed"


async def test_a_host_that_is_off_is_fenced_without_being_told(world: World) -> None:
    world.rack.state = PowerState.OFF
    await world.decide(Verdict.FAILED, GONE)

    async with world.delivering():
        await world.fencing_becomes(Fencing.FENCED)

    assert world.rack.power.calls == []


async def test_a_controller_that_does_not_answer_is_asked_until_it_does_also_by_another_process(world: World) -> None:
    address = world.rack.address
    await world.inventory.update_host("compute-0", {"bm_ip": "127.0.0.1:1"}, None)
    await world.decide(Verdict.FAILED, GONE)
    async with world.delivering(), asyncio.timeout(30):
        found = await world.failure()
        while not found or "not yet" not in (found.fencing_reason or ""):
            await asyncio.sleep(0.05)
            found = await world.failure()
    assert found.fencing_reason == "not yet: the controller at 127.0.0.1:1 does not answer: Connection refused"
    assert not await world.inventory.is_safely_down("compute-0")

    await world.inventory.update_host("compute-0", {"bm_ip": address}, None)
    async with world.delivering():  # as after kill -9: all that is left is in the tables
        await world.fencing_becomes(Fencing.FENCED)

    assert world.rack.state is PowerState.OFF


async def test_a_refused_password_is_not_tried_again_until_it_is_set_anew(world: World) -> None:
    await world.inventory.update_host("compute-0", {"bm_password": "wrong"}, None)
    await world.decide(Verdict.FAILED, GONE)
    async with world.delivering():
        found = await world.fencing_becomes(Fencing.IMPOSSIBLE)
    assert "refuses user admin" in (found.fencing_reason or "")
    assert await world.inventory.waiting() == [
        notice for notice in await world.inventory.waiting() if notice.topic is not Topic.FENCE
    ]

    await world.inventory.update_host("compute-0", {"bm_password": world.rack.description["bm_password"]}, None)
    await world.decide(Verdict.FAILED, GONE)  # the watch looks again
    async with world.delivering():
        await world.fencing_becomes(Fencing.FENCED)


async def test_a_host_without_a_controller_says_so_and_is_not_down(world: World) -> None:
    await world.inventory.update_host("compute-0", {"bm_type": "none", "bm_ip": "", "bm_username": ""}, None)

    await world.decide(Verdict.FAILED, GONE)

    found = await world.fencing_becomes(Fencing.IMPOSSIBLE)
    assert "it has no baseboard controller" in (found.fencing_reason or "")
    assert not await world.inventory.is_safely_down("compute-0")


async def test_a_host_that_is_back_before_it_was_fenced_is_left_alone(world: World) -> None:
    await world.decide(Verdict.FAILED, GONE)
    await world.decide(Verdict.PRESENT, BACK)

    async with world.delivering(), asyncio.timeout(30):
        while any(notice.topic is Topic.FENCE for notice in await world.inventory.waiting()):
            await asyncio.sleep(0.02)

    assert world.rack.power.calls == []
    assert await world.failure() is None
    host = await world.inventory.host("compute-0")
    assert (host.operational, host.availability) == ("enabled", "available")


async def test_a_fenced_host_that_is_heard_is_not_safely_down_any_more(world: World) -> None:
    await world.decide(Verdict.FAILED, GONE)
    async with world.delivering():
        await world.fencing_becomes(Fencing.FENCED)

    await world.decide(Verdict.RETURNING, Evidence(Heartbeat.HEARD, 0, Lease.STALE, 60))
    assert not await world.inventory.is_safely_down("compute-0")
    assert (await world.inventory.host("compute-0")).availability == "failed"

    await world.decide(Verdict.PRESENT, BACK)
    assert (await world.inventory.host("compute-0")).availability == "available"
