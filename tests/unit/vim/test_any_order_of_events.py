"""Whatever happens, in any order, and wherever the VIM is killed: hosts come to rest, and no server runs twice."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sturnus.core.errors import Unavailable
from sturnus.core.states import ANSWERING, Administrative, Availability, HostAction
from sturnus.vim.deciding import Go
from sturnus.vim.facts import ServiceKind, ServiceState
from sturnus.vim.machine import AT_REST, HostEvent, HostState
from sturnus.vim.places import Places
from sturnus.vim.servers.view import ServerStatus
from tests.scripted_cloud import Killed
from tests.scripted_vim import COMPUTE, OTHER, UUID, WITH_OVN, ScriptedVim, a_host


@dataclass
class World:
    """A host, the inventory that tells of it, and what they depend on."""

    vim: ScriptedVim

    def becomes(self, **changes: Any) -> None:
        self.vim.inventory.put(replace(self.vim.inventory.known[UUID], **changes))

    @property
    def host(self) -> Any:
        return self.vim.inventory.known[UUID]

    def lock(self) -> None:
        if self.host.administrative is Administrative.UNLOCKED and self.host.availability in ANSWERING:
            self.becomes(action=HostAction.LOCK)

    def force_lock(self) -> None:
        if self.host.administrative is Administrative.UNLOCKED:
            silent = self.host.availability is Availability.FAILED
            off = Availability.POWER_OFF if self.host.is_surely_down else Availability.OFFLINE
            self.becomes(
                action=HostAction.FORCE_LOCK, availability=off if silent else self.host.availability, fencing=None
            )

    def unlock(self) -> None:
        if self.host.administrative is Administrative.LOCKED and self.host.availability in ANSWERING:
            self.becomes(action=HostAction.UNLOCK)

    def is_lost(self) -> None:
        """Its network is gone, and what runs there runs on."""
        if self.host.administrative is Administrative.UNLOCKED and self.host.action is None:
            self.becomes(availability=Availability.FAILED, fencing="wanted")

    def is_fenced(self) -> None:
        if self.host.availability is Availability.FAILED:
            self.vim.cloud.power(on=False)
            self.becomes(fencing="fenced", is_surely_down=True)

    def comes_back(self) -> None:
        """The inventory hears it first: whoever looks at it then knows that it is not down any more."""
        self.becomes(availability=Availability.AVAILABLE, fencing=None, is_surely_down=False)
        self.vim.cloud.power(on=True) if not self.vim.cloud.has_power else None

    def nova_goes(self) -> None:
        self.vim.cloud.down = self.vim.openstack.known[ServiceKind.COMPUTE].down = True

    def nova_comes(self) -> None:
        self.vim.cloud.down = self.vim.openstack.known[ServiceKind.COMPUTE].down = False

    def neutron_goes(self) -> None:
        self.vim.openstack.known[ServiceKind.NETWORK].down = True

    def neutron_comes(self) -> None:
        self.vim.openstack.known[ServiceKind.NETWORK].down = False

    def cluster_goes(self) -> None:
        self.vim.cluster.down = True

    def cluster_comes(self) -> None:
        self.vim.cluster.down = False

    def inventory_goes(self) -> None:
        self.vim.inventory.down = True

    def inventory_comes(self) -> None:
        self.vim.inventory.down = False

    def moves_break(self) -> None:
        self.vim.cloud.broken |= {"live-migration a", "cold-migration b", "evacuation c"}

    def moves_work(self) -> None:
        self.vim.cloud.broken.clear()

    def is_killed(self) -> None:
        self.vim.start()

    def is_killed_at_the_next_order(self) -> None:
        self.vim.cloud.dies_after = 1

    def is_killed_at_the_order_after(self) -> None:
        self.vim.cloud.dies_after = 2


EVENTS: Final[list[Callable[[World], None]]] = [
    World.lock, World.force_lock, World.unlock, World.is_lost, World.is_fenced, World.comes_back, World.nova_goes,
    World.nova_comes, World.neutron_goes, World.neutron_comes, World.cluster_goes, World.cluster_comes,
    World.inventory_goes, World.inventory_comes, World.moves_break, World.moves_work, World.is_killed,
    World.is_killed_at_the_next_order, World.is_killed_at_the_order_after,
]  # fmt: skip


@cache
def empty_database() -> bytes:
    """Made once: to make the tables takes longer than all that happens in a test."""

    async def make(directory: Path) -> None:
        vim = ScriptedVim(directory)
        await vim.prepare()
        await vim.close()

    with TemporaryDirectory() as directory:
        asyncio.run(make(Path(directory)))
        return (Path(directory) / "vim.db").read_bytes()


async def prepared(directory: Path, state: HostState) -> World:
    vim = ScriptedVim(directory)
    vim.openstack.installed = True
    vim.openstack.known[ServiceKind.NETWORK].states = WITH_OVN
    await vim.knows_of(a_host(uuid=OTHER, hostname="compute-1", labels=COMPUTE))
    vim.inventory.put(a_host(labels=COMPUTE))
    vim.cloud.has("a")
    vim.cloud.has("b", metadata={"sturnus:on_lock": "cold"})
    vim.cloud.has("c", metadata={"sturnus:on_lock": "stop"})
    vim.cloud.has("d", status=ServerStatus.SHUTOFF)
    await vim.hears()
    await vim.runs(30)
    await put_into(vim.places, state)
    return World(vim)


async def put_into(places: Places, state: HostState) -> None:
    place = await places.find(UUID)
    assert place is not None
    await places.go(place, Go(state, HostEvent.KEEP_UNLOCKED), has_services=True)


async def goes_on(vim: ScriptedVim, steps: int) -> None:
    """Some steps of the VIM, of one process or, where it is killed, of two."""
    for _ in range(steps):
        try:
            pause = await vim.step() or 0.5
        except Killed:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.gather(*others, return_exceptions=True)
            vim.start()
            pause = 1.0
        except Unavailable:  # as the driver's loop does
            pause = 1.0
        vim.clock.passes(seconds=pause)


async def lives_through(database: bytes, state: HostState, script: list[tuple[Callable[[World], None], int]]) -> None:
    with TemporaryDirectory() as directory:
        (Path(directory) / "vim.db").write_bytes(database)
        world = await prepared(Path(directory), state)
        vim = world.vim
        try:
            for happens, steps in script:
                happens(world)
                await vim.hears()
                await goes_on(vim, steps)
                assert vim.cloud.violations == []
            world.nova_comes()
            world.neutron_comes()
            world.cluster_comes()
            world.inventory_comes()
            world.moves_work()
            vim.cloud.dies_after = None
            if world.host.availability is Availability.FAILED:
                world.is_fenced()
            await vim.hears()
            place = await vim.runs(1500)
            assert vim.cloud.violations == []
            assert place is not None
            assert place.place.state in AT_REST, place
            # A chassis that was let go of is there again before its host counts as in service.
            chassis = vim.openstack.known[ServiceKind.NETWORK].state
            assert place.place.state is not HostState.ENABLED or chassis is ServiceState.ENABLED
            assert all(len(where) <= 1 for where in vim.cloud.runs_on.values())
        finally:
            await vim.close()


scripts = st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 12)), max_size=10)


@settings(max_examples=15, deadline=None)
@given(state=st.sampled_from(HostState), script=scripts)
def test_every_host_comes_to_rest_and_no_server_runs_twice(
    state: HostState, script: list[tuple[Callable[[World], None], int]]
) -> None:
    asyncio.run(lives_through(empty_database(), state, script))


@pytest.mark.parametrize("state", sorted(HostState))
def test_a_process_that_finds_a_host_in_any_state_brings_it_to_rest(state: HostState) -> None:
    asyncio.run(lives_through(empty_database(), state, []))


@pytest.mark.parametrize("orders", [1, 2, 3])
@pytest.mark.parametrize("steps", [0, 3, 6])
def test_a_vim_that_is_killed_between_an_order_and_its_answer_gives_none_twice(orders: int, steps: int) -> None:
    def dies(world: World) -> None:
        world.vim.cloud.dies_after = orders

    lost, fenced = (World.is_lost, steps), (World.is_fenced, 20)
    asyncio.run(lives_through(empty_database(), HostState.ENABLED, [(dies, 0), lost, fenced, (World.comes_back, 20)]))
