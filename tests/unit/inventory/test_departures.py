"""A node goes with its host only if the platform made it, for that very host."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from sturnus.inventory.departures import HOST, Departures, has_to_go
from sturnus.inventory.node_sync import NodeSync
from sturnus.kubernetes.node import Node
from tests.scripted_nodes import ScriptedNodes

OURS = Node("compute-0", {HOST: "uuid-1"}, {})


@pytest.mark.parametrize(
    ("node", "known", "goes"),
    [
        (OURS, False, True),
        (OURS, True, False),
        (Node("compute-0", {HOST: "uuid-2"}, {}), False, False),
        (Node("compute-0", {}, {}), False, False),
        (None, False, False),
    ],
    ids=["deleted", "renamed or there again", "another host of that name", "made by others", "gone already"],
)
def test_a_node_goes_with_its_host(node: Node | None, *, known: bool, goes: bool) -> None:
    assert has_to_go(node, "uuid-1", known=known) is goes


class Cluster(ScriptedNodes):
    """One whose nodes are removed, too."""

    async def delete(self, name: str) -> None:
        self._fail_if_down()
        self.nodes.pop(name, None)


class Inventory:
    """Some hosts, which have no labels."""

    def __init__(self, *uuids: str) -> None:
        self.uuids = uuids

    async def is_known(self, uuid: str) -> bool:
        return uuid in self.uuids

    async def wanted(self, name: str) -> Mapping[str, str]:
        return {}


async def until_gone(cluster: Cluster, name: str) -> None:
    async with asyncio.timeout(5):
        while name in cluster.nodes:
            await asyncio.sleep(0.001)


@pytest.mark.anyio
async def test_a_node_that_the_kubelet_of_a_deleted_host_makes_anew_is_removed_again() -> None:
    """The host was off while it was deleted: its kubelet is back before its agent hears that it has to leave."""
    cluster, inventory = Cluster(), Inventory("uuid-2")
    sync = NodeSync(cluster, inventory.wanted, Departures(cluster, inventory.is_known).seen)
    task = asyncio.create_task(sync.run())

    for _ in range(2):
        cluster.put(OURS)
        await until_gone(cluster, "compute-0")
    cluster.put(Node("compute-1", {HOST: "uuid-2"}, {}))
    cluster.put(Node("compute-2", {}, {}))
    cluster.put(OURS)
    await until_gone(cluster, "compute-0")

    assert set(cluster.nodes) == {"compute-1", "compute-2"}
    task.cancel()


@pytest.mark.anyio
async def test_labels_follow_onto_nodes_also_while_none_can_be_removed() -> None:
    cluster, removing = Cluster(), Cluster()
    removing.down = True
    inventory = Inventory()

    async def rack(name: str) -> Mapping[str, str]:
        return {"rack": "r1"}

    task = asyncio.create_task(NodeSync(cluster, rack, Departures(removing, inventory.is_known).seen).run())
    cluster.put(OURS)
    async with asyncio.timeout(5):
        while "rack" not in cluster.nodes["compute-0"].labels:
            await asyncio.sleep(0.001)
    task.cancel()
