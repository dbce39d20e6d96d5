from pathlib import Path

import pytest
from lightkube.models.core_v1 import NodeAddress, NodeCondition, NodeSpec, NodeStatus, Taint
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Node

from sturnus.cli.sturnus.host_adopt import chosen, described, doing_it, kubeconfig_of
from sturnus.core.errors import NotFound

ROLE = "node-role.kubernetes.io/control-plane"
ADDRESSES = [NodeAddress("compute-0", "Hostname"), NodeAddress("10.0.0.3", "InternalIP")]
READY = [NodeCondition(status="False", type="DiskPressure"), NodeCondition(status="True", type="Ready")]


def test_a_worker_is_described_as_the_cluster_knows_it() -> None:
    node = Node(
        metadata=ObjectMeta(name="compute-0", labels={"rack": "one"}),
        spec=NodeSpec(),
        status=NodeStatus(addresses=ADDRESSES, conditions=READY),
    )

    assert described(node) == {
        "name": "compute-0",
        "personality": "worker",
        "runs_users_pods": True,
        "address": "10.0.0.3",
        "ready": True,
        "cordoned": False,
        "labels": {"rack": "one"},
    }


@pytest.mark.parametrize(
    ("taints", "runs_users_pods"),
    [(None, True), ([Taint(effect="NoSchedule", key=ROLE)], False), ([Taint(effect="NoSchedule", key="x")], True)],
)
def test_a_control_plane_runs_users_pods_unless_its_own_taint_keeps_them_off(
    taints: list[Taint] | None, *, runs_users_pods: bool
) -> None:
    node = Node(metadata=ObjectMeta(name="cp", labels={ROLE: ""}), spec=NodeSpec(taints=taints, unschedulable=True))

    found = described(node)

    assert (found["personality"], found["runs_users_pods"]) == ("controller", runs_users_pods)
    assert (found["address"], found["ready"], found["cordoned"]) == (None, False, True)


def test_nodes_are_chosen_by_name_or_all_in_order() -> None:
    nodes = [{"name": "b"}, {"name": "a"}]

    assert chosen(nodes, []) == [{"name": "a"}, {"name": "b"}]
    assert chosen(nodes, ["b", "b"]) == [{"name": "b"}]
    with pytest.raises(NotFound, match="The cluster has no node c"):
        chosen(nodes, ["c"])


def test_the_command_that_does_it_names_the_cluster_and_the_nodes_that_were_shown() -> None:
    command = "sturnus host-adopt --kubeconfig admin.conf --yes"

    assert doing_it(Path("admin.conf"), []) == command
    assert doing_it(Path("admin.conf"), ["compute-7", "compute-8"]) == f"{command} compute-7 compute-8"
    assert doing_it(Path("of mine"), []) == "sturnus host-adopt --kubeconfig 'of mine' --yes"


def test_a_kubeconfig_that_is_not_there_is_named_and_how_to_name_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))

    with pytest.raises(NotFound) as refused:
        kubeconfig_of(None)

    assert refused.value.message == f"There is no {tmp_path}/config."
    assert refused.value.remedy == "name one: --kubeconfig FILE, or KUBECONFIG"
