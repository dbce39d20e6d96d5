"""A label's way, with everything real but the cluster: service → rows → outbox → dispatcher → node (design, walk 1)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sturnus.core.clock import SystemClock, random_id
from sturnus.core.errors import Invalid
from sturnus.core.settings import Settings
from sturnus.core.states import HostAction
from sturnus.core.vault import Vault
from sturnus.inventory import systems
from sturnus.inventory.changing import Ground
from sturnus.inventory.host import Host
from sturnus.inventory.lifecycle import Done, Outcome
from sturnus.inventory.node_sync import OWNED, NodeSync
from sturnus.inventory.service import Existing, Inventory
from sturnus.kubernetes.node import Node
from sturnus.store.database import Database
from sturnus.store.dispatcher import Dispatcher
from sturnus.store.outbox import Notice, Topic
from tests.builders import nothing_seen
from tests.scripted_nodes import ScriptedNodes

pytestmark = pytest.mark.anyio

KEEP = Existing.KEEP


@dataclass
class Vim:
    """Whoever is told about hosts; scripted."""

    told: list[str] = field(default_factory=list)

    async def carry_out(self, host: Host, action: HostAction) -> Outcome:
        self.told.append(f"{action.value} {host.hostname}")
        return Done()


@dataclass
class World:
    inventory: Inventory
    nodes: ScriptedNodes
    vim: Vim

    async def labels_become(self, name: str, wanted: dict[str, str], seconds: float = 1) -> None:
        async with asyncio.timeout(seconds):
            while self.nodes.nodes[name].labels != wanted:
                await asyncio.sleep(0.005)


@asynccontextmanager
async def running(database: Database) -> AsyncIterator[World]:
    ground = Ground(database, SystemClock(), random_id, "controller-0", Vault(Path("/nonexistent/key")))
    await systems.ensure(ground, Settings())
    inventory, nodes, vim = Inventory(ground, nothing_seen()), ScriptedNodes(), Vim()
    sync = NodeSync(nodes, inventory.wanted_on_node)

    async def to_vim(notice: Notice) -> None:
        await inventory.carry_out(notice, vim)

    dispatcher = Dispatcher(database, {Topic.NODE: sync.deliver, Topic.VIM: to_vim}, SystemClock())
    tasks = [asyncio.create_task(dispatcher.run()), asyncio.create_task(sync.run())]
    yield World(inventory, nodes, vim)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    async with running(database) as started:
        await started.inventory.add_host({"hostname": "compute-0", "personality": "worker"})
        yield started


async def test_a_label_is_on_the_node_within_a_second(world: World) -> None:
    world.nodes.put(Node("compute-0", {"theirs": "x"}, {}))

    await world.inventory.assign_labels("compute-0", {"openstack-controller-node": None}, KEEP, None)
    await world.labels_become(
        "compute-0",
        {"theirs": "x", "openstack-controller-node": "enabled", "openstack-control-plane": "enabled"},
    )

    (label,) = await world.inventory.labels_of("compute-0")
    await world.inventory.remove_label(label.uuid, None)
    await world.labels_become("compute-0", {"theirs": "x"})


async def test_a_node_that_joins_later_gets_the_labels_of_its_host(world: World) -> None:
    await world.inventory.assign_labels("compute-0", {"rack": "r1"}, KEEP, None)

    world.nodes.put(Node("compute-0", {}, {}))

    await world.labels_become("compute-0", {"rack": "r1"})


async def test_a_cluster_that_was_away_gets_all_labels_when_it_is_back(world: World) -> None:
    world.nodes.put(Node("compute-0", {}, {}))
    world.nodes.down = True
    await world.inventory.assign_labels("compute-0", {"rack": "r1"}, KEEP, None)
    await asyncio.sleep(0.3)
    (waiting,) = [notice for notice in await world.inventory.waiting() if notice.attempts]
    assert waiting.last_error == "the cluster does not answer"

    world.nodes.down = False

    await world.labels_become("compute-0", {"rack": "r1"}, seconds=5)


async def test_a_deleted_host_lets_go_of_its_node(world: World) -> None:
    world.nodes.put(Node("compute-0", {"theirs": "x"}, {}))
    await world.inventory.assign_labels("compute-0", {"rack": "r1"}, KEEP, None)
    await world.labels_become("compute-0", {"theirs": "x", "rack": "r1"})

    await world.inventory.delete_host("compute-0", None)

    await world.labels_become("compute-0", {"theirs": "x"})
    assert OWNED not in world.nodes.nodes["compute-0"].annotations


async def test_a_renamed_host_takes_its_labels_along(world: World) -> None:
    world.nodes.put(Node("compute-0", {}, {}))
    world.nodes.put(Node("compute-7", {}, {}))
    await world.inventory.assign_labels("compute-0", {"rack": "r1"}, KEEP, None)
    await world.labels_become("compute-0", {"rack": "r1"})

    await world.inventory.update_host("compute-0", {"hostname": "compute-7"}, None)

    await world.labels_become("compute-0", {})
    await world.labels_become("compute-7", {"rack": "r1"})


async def test_a_refused_request_leaves_nothing_behind(world: World) -> None:
    await asyncio.sleep(0.2)  # the notices of the new host arrive
    event = await world.inventory.newest_event()

    with pytest.raises(Invalid, match="Label key '-bad'"):
        await world.inventory.assign_labels("compute-0", {"rack": "r1", "-bad": "x"}, KEEP, None)

    assert await world.inventory.labels_of("compute-0") == []
    assert await world.inventory.newest_event() == event
    assert [notice for notice in await world.inventory.waiting() if notice.topic is Topic.NODE] == []


async def test_an_action_is_carried_out_once(world: World) -> None:
    await world.inventory.update_host("compute-0", {"mgmt_mac": "08:00:27:00:00:03", "mgmt_ip": "10.0.0.3"}, None)
    await world.inventory.request_action("compute-0", HostAction.FORCE_UNLOCK, None)

    async with asyncio.timeout(2):
        while (await world.inventory.host("compute-0")).ihost_action is not None:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)

    assert world.vim.told == ["force-unlock compute-0"]
