import asyncio
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.inventory import node_sync
from sturnus.inventory.labels import on_node
from sturnus.inventory.node_sync import OWNED, NodeSync, agreement
from sturnus.kubernetes.node import Node, NodeChange
from tests.scripted_nodes import ScriptedNodes, applied

keys = st.sampled_from(["rack", "zone", "sriov", "openstack-controller-node", "openstack-compute-node"])
values = st.sampled_from(["enabled", "disabled", ""])
labels = st.dictionaries(keys, values)


@pytest.mark.parametrize(
    ("on_it", "note", "wanted", "change"),
    [
        ({}, None, {}, None),
        ({"theirs": "x"}, None, {}, None),
        ({}, None, {"rack": "r1"}, NodeChange({"rack": "r1"}, {OWNED: "rack"})),
        ({"rack": "r1"}, "rack", {"rack": "r1"}, None),
        ({"rack": "r2"}, "rack", {"rack": "r1"}, NodeChange({"rack": "r1"}, {OWNED: "rack"})),  # drift
        ({"rack": "r1"}, "rack", {}, NodeChange({"rack": None}, {OWNED: None})),
        ({}, "rack", {}, NodeChange({}, {OWNED: None})),
        ({"rack": "r1"}, None, {"rack": "r1"}, NodeChange({}, {OWNED: "rack"})),  # adopted
        (
            {},
            None,
            {"openstack-controller-node": "enabled"},
            NodeChange(
                {"openstack-controller-node": "enabled", "openstack-control-plane": "enabled"},
                {OWNED: "openstack-control-plane,openstack-controller-node"},
            ),
        ),
    ],
)
def test_what_makes_a_node_agree(
    on_it: dict[str, str], note: str | None, wanted: dict[str, str], change: NodeChange | None
) -> None:
    node = Node("compute-0", on_it, {} if note is None else {OWNED: note})

    assert agreement(node, wanted) == change


@given(st.lists(labels, min_size=1, max_size=4), st.dictionaries(st.sampled_from(["theirs", "other"]), values))
def test_a_node_follows_its_host_and_keeps_what_others_put_there(
    history: list[dict[str, str]], theirs: dict[str, str]
) -> None:
    node = Node("compute-0", theirs, {"theirs": "too"})
    for wanted in history:
        change = agreement(node, wanted)
        node = node if change is None else applied(node, change)

        assert node.labels == theirs | on_node(wanted)
        assert node.annotations["theirs"] == "too"
        assert agreement(node, wanted) is None


class Inventory:
    def __init__(self, **hosts: dict[str, str]) -> None:
        self.hosts = hosts

    async def wanted(self, name: str) -> Mapping[str, str]:
        return self.hosts.get(name.replace("-", "_"), {})


pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def settled(nodes: ScriptedNodes, name: str, wanted: dict[str, str]) -> None:
    async with asyncio.timeout(5):
        while nodes.nodes[name].labels != wanted:
            await asyncio.sleep(0.001)


async def test_a_label_whose_node_is_not_there_yet_is_no_error() -> None:
    nodes = ScriptedNodes()

    await NodeSync(nodes, Inventory(compute_0={"rack": "r1"}).wanted).sync("compute-0")

    assert nodes.patches == 0


async def test_a_node_that_appears_later_gets_its_labels() -> None:
    nodes, inventory = ScriptedNodes(), Inventory(compute_0={"rack": "r1"})
    task = asyncio.create_task(NodeSync(nodes, inventory.wanted).run())
    await asyncio.sleep(0)

    nodes.put(Node("compute-0", {}, {}))
    await settled(nodes, "compute-0", {"rack": "r1"})
    task.cancel()


async def test_a_label_that_drifts_is_corrected() -> None:
    nodes, inventory = ScriptedNodes(), Inventory(compute_0={"rack": "r1"})
    task = asyncio.create_task(NodeSync(nodes, inventory.wanted).run())

    nodes.put(Node("compute-0", {"rack": "wrong", "theirs": "x"}, {OWNED: "rack"}))
    await settled(nodes, "compute-0", {"rack": "r1", "theirs": "x"})
    task.cancel()


async def test_a_node_that_agrees_is_left_alone() -> None:
    nodes, inventory = ScriptedNodes(), Inventory(compute_0={"rack": "r1"})
    nodes.put(Node("compute-0", {"rack": "r1"}, {OWNED: "rack"}))

    await NodeSync(nodes, inventory.wanted).sync("compute-0")

    assert nodes.patches == 0


async def test_a_deleted_host_lets_go_of_its_node() -> None:
    nodes = ScriptedNodes()
    nodes.put(Node("compute-0", {"rack": "r1", "theirs": "x"}, {OWNED: "rack"}))

    await NodeSync(nodes, Inventory().wanted).sync("compute-0")

    assert nodes.nodes["compute-0"] == Node("compute-0", {"theirs": "x"}, {})


async def test_two_looks_at_one_node_end_with_the_newer_labels() -> None:
    """Used to end with the older ones: both read what is wanted, and the older look patched last."""
    nodes, inventory = ScriptedNodes(), Inventory(compute_0={"rack": "old"})
    nodes.put(Node("compute-0", {}, {}))
    sync = NodeSync(nodes, inventory.wanted)

    older = asyncio.create_task(sync.sync("compute-0"))
    await asyncio.sleep(0)
    inventory.hosts["compute_0"] = {"rack": "new"}
    await asyncio.gather(older, sync.sync("compute-0"))

    assert nodes.nodes["compute-0"].labels == {"rack": "new"}


async def test_a_cluster_that_comes_back_is_followed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_sync, "FIRST_PAUSE", 0.001)
    nodes, inventory = ScriptedNodes(), Inventory(compute_0={"rack": "r1"})
    nodes.down = True
    sync = NodeSync(nodes, inventory.wanted)
    task = asyncio.create_task(sync.run())
    await asyncio.sleep(0.01)
    assert sync.waits_for == "the cluster does not answer"

    nodes.down = False
    nodes.put(Node("compute-0", {}, {}))
    await settled(nodes, "compute-0", {"rack": "r1"})

    assert sync.waits_for is None
    task.cancel()
