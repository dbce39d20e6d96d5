"""The watch with real tables: hosts in service, agents that are heard or not, leases that are renewed or not."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sturnus.core.clock import SystemClock, random_id
from sturnus.core.settings import Settings
from sturnus.core.states import Administrative, Availability, Fencing, HostAction, Operational, Verdict
from sturnus.core.vault import Vault
from sturnus.inventory import systems
from sturnus.inventory.changing import Ground
from sturnus.inventory.failure_watch import FailureWatch
from sturnus.inventory.host import Host
from sturnus.inventory.lease_watch import LeaseWatch
from sturnus.inventory.service import Inventory, WitnessReport
from sturnus.store import hosts
from sturnus.store.database import Database
from sturnus.store.models import AgentRow
from sturnus.store.outbox import Topic
from tests.builders import HandClock, nothing_seen
from tests.scripted_leases import ScriptedLeases

pytestmark = pytest.mark.anyio

NAMES = ("compute-0", "compute-1", "compute-2")


@dataclass
class World:
    """Three hosts in service, all of them well, and a watch that looks when it is told to."""

    ground: Ground
    uuids: dict[str, str]
    clock: HandClock = field(default_factory=HandClock)
    leases: ScriptedLeases = field(default_factory=ScriptedLeases)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """A new process: it has heard nobody."""
        self.sightings = nothing_seen(self.clock)
        self.inventory = Inventory(self.ground, self.sightings)
        self.watch = FailureWatch(
            self.ground, self.sightings, LeaseWatch(self.leases, self.sightings.leases), share=0.5
        )

    async def pass_by(self, seconds: int, *, heard: tuple[str, ...] = NAMES, renewed: tuple[str, ...] = NAMES) -> None:
        for _ in range(seconds):
            self.clock.pass_by(1)
            self.sightings.hearing.listened()
            for name in heard:
                self.sightings.hearing.heard(self.uuids[name])
            for name in renewed:
                self.leases.renew(name)
            self.leases.show(self.sightings.leases)
            await self.watch.look()

    async def host(self, name: str) -> Host:
        return await self.inventory.host(name)

    async def availabilities(self) -> set[Availability]:
        return {(await self.host(name)).availability for name in NAMES}

    async def told(self, name: str) -> WitnessReport:
        return await self.inventory.witnesses(name)

    async def kinds(self) -> list[str]:
        return [event.kind for event in await self.inventory.events_after(0, 1000) if event.kind != "host.changed"]


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> World:
    ground = Ground(database, SystemClock(), random_id, "controller-0", Vault(tmp_path / "key"))
    await systems.ensure(ground, Settings())
    inventory, uuids = Inventory(ground, nothing_seen()), {}
    for name in NAMES:
        host = await inventory.add_host({"hostname": name, "personality": "worker"})
        uuids[name] = host.uuid
        async with database.write() as session:
            row = await hosts.lock(session, host.uuid)
            assert row is not None
            row.administrative, row.operational = Administrative.UNLOCKED, Operational.ENABLED
            row.availability, now = Availability.AVAILABLE, ground.clock.now()
            session.add(
                AgentRow(host_id=row.id, key_id=name, public_key=name, last_stamp=0, last_seen=now, enrolled_at=now)
            )
    return World(ground, uuids)


async def test_a_host_without_power_is_offline_then_failed_with_the_wish_in_one_commit(world: World) -> None:
    await world.pass_by(5)
    assert await world.availabilities() == {Availability.AVAILABLE}

    await world.pass_by(7, heard=NAMES[1:], renewed=NAMES[1:])
    assert (await world.host("compute-0")).availability is Availability.OFFLINE
    await world.pass_by(3, heard=NAMES[1:], renewed=NAMES[1:])

    host, told = await world.host("compute-0"), await world.told("compute-0")
    assert (host.operational, host.availability) == (Operational.DISABLED, Availability.FAILED)
    assert told.shown is not None
    assert (told.shown.verdict, told.is_safely_down) == (Verdict.FAILED, False)
    assert (await world.host("compute-1")).availability is Availability.AVAILABLE
    assert (await world.kinds())[-2:] == ["host.offline", "host.failed"]


async def test_a_failed_host_with_a_controller_has_a_notice_to_be_fenced(world: World) -> None:
    fields = {"bm_type": "redfish", "bm_ip": "10.0.0.9", "bm_username": "u", "bm_password": "p"}
    await world.inventory.update_host("compute-0", fields, None)
    await world.pass_by(5)

    await world.pass_by(12, heard=NAMES[1:], renewed=NAMES[1:])

    assert [notice.subject for notice in await world.inventory.waiting() if notice.topic is Topic.FENCE] == [
        world.uuids["compute-0"]
    ]


async def test_a_new_process_leaves_what_was_decided_until_it_knows_more(world: World) -> None:
    await world.pass_by(5)
    await world.pass_by(12, heard=NAMES[1:], renewed=NAMES[1:])

    world.begin()
    await world.pass_by(40, heard=NAMES[1:], renewed=NAMES[1:])
    assert (await world.host("compute-0")).availability is Availability.FAILED

    await world.pass_by(3)
    assert (await world.host("compute-0")).availability is Availability.AVAILABLE
    assert (await world.told("compute-0")).since is None


async def test_a_watch_that_is_silent_because_it_is_dead_fails_nobody(world: World) -> None:
    await world.pass_by(5)
    for _ in range(20):  # the cluster renews, and nothing of it is seen
        for name in NAMES:
            world.leases.renew(name)
        world.clock.pass_by(1)
        world.sightings.hearing.listened()
        for name in NAMES[1:]:
            world.sightings.hearing.heard(world.uuids[name])
        world.leases.down = not world.leases.asked  # the first look finds nobody, later ones find the truth
        await world.watch.look()

    assert Verdict.FAILED not in {shown.verdict for shown in world.sightings.shown.values()}
    assert (await world.host("compute-0")).availability in {Availability.OFFLINE, Availability.AVAILABLE}


async def test_most_hosts_at_once_change_nothing_and_are_told_of(world: World) -> None:
    await world.pass_by(5)

    await world.pass_by(30, heard=NAMES[2:], renewed=NAMES[2:])

    assert await world.availabilities() == {Availability.AVAILABLE}
    told = await world.told("compute-0")
    assert told.shown is not None
    assert told.shown.verdict is Verdict.NETWORK_SUSPECTED
    assert "2 of 3 unlocked hosts are not heard at once" in told.shown.reason
    await world.pass_by(5)
    assert await world.kinds() == ["host.added"] * 3 + ["network.suspected", "network.trusted"]


async def test_a_host_that_is_told_to_stop_does_not_fail(world: World) -> None:
    await world.pass_by(5)
    await world.inventory.request_action("compute-0", HostAction.LOCK, None)

    await world.pass_by(20, heard=NAMES[1:], renewed=NAMES[1:])

    assert (await world.host("compute-0")).availability is Availability.OFFLINE
    shown = (await world.told("compute-0")).shown
    assert shown is not None
    assert "lock is under way" in shown.reason


async def test_a_host_whose_kubelet_is_silent_is_degraded_until_it_renews(world: World) -> None:
    await world.pass_by(5)

    await world.pass_by(12, renewed=NAMES[1:])
    assert (await world.host("compute-0")).availability is Availability.DEGRADED
    await world.pass_by(2)

    assert (await world.host("compute-0")).availability is Availability.AVAILABLE


async def test_a_host_that_is_deleted_is_watched_no_more(world: World) -> None:
    await world.pass_by(5)
    async with world.ground.database.write() as session:
        row = await hosts.lock(session, "compute-0")
        assert row is not None
        await session.delete(row)

    await world.pass_by(20, heard=NAMES[1:], renewed=NAMES[1:])

    assert world.uuids["compute-0"] not in world.sightings.shown
    assert await world.inventory.events_after(0, 1000)
    assert Fencing.NOT_WANTED in {shown.fencing for shown in world.sightings.shown.values()}
