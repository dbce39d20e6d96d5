"""A machine becomes a node once, whatever was cut off before; facts in, decision out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from sturnus.configuration.bare import node
from sturnus.configuration.bare.host import HostFile, ProgramFailed
from sturnus.configuration.bare.node import Next, NodeFacts, Outcome
from sturnus.core.errors import Conflict

POD_NETWORK = Path(__file__).parents[3] / "lab/kubernetes/addons/pod-network.yaml"
ADMIT = "token: abcdef.0123456789abcdef"


class ScriptedHost:
    """A machine whose kubeadm does what is said here, and may be cut off."""

    def __init__(self, *paths: str) -> None:
        self.paths = {node.CRI, *paths}
        self.ran: list[str] = []
        self.cut_off = False

    def run(self, argv: Sequence[str], *, deadline: timedelta = timedelta(0)) -> str:
        words = list(argv)
        if words[0] == "sh" and words[3:4] == ["sh"]:
            return "yes\n" if words[4] in self.paths else ""
        if words[0] == "rm":
            self.paths.discard(words[-1])
            return ""
        if "kubeadm" in words:
            self._kubeadm(words[words.index("kubeadm") + 1])
        return ""

    def _kubeadm(self, step: str) -> None:
        self.ran.append(step)
        if step == "reset":
            self.paths = {node.CRI}
            return
        self.paths.add(node.KUBELET)
        if self.cut_off:
            raise ProgramFailed("kubeadm was killed", "[init] half done\nerror: killed\n")
        self.paths.add(node.FINISHED)

    def put(self, files: Iterable[HostFile]) -> None:
        self.paths.update(file.path for file in files)


@pytest.mark.parametrize(
    ("facts", "decision"),
    [
        (NodeFacts(started=False, finished=False, has_kubelet_configuration=False), Next.BEGIN),
        (NodeFacts(started=True, finished=False, has_kubelet_configuration=False), Next.UNDO_AND_BEGIN),
        (NodeFacts(started=True, finished=False, has_kubelet_configuration=True), Next.UNDO_AND_BEGIN),
        (NodeFacts(started=True, finished=True, has_kubelet_configuration=True), Next.NOTHING),
        (NodeFacts(started=False, finished=False, has_kubelet_configuration=True), Next.REFUSE),
    ],
)
def test_what_lies_on_a_machine_decides(facts: NodeFacts, decision: Next) -> None:
    assert node.next_step(facts) is decision


def test_a_second_run_finds_a_node_and_runs_nothing() -> None:
    host = ScriptedHost()

    assert node.initialise(host, "") is Outcome.DONE
    assert node.initialise(host, "") is Outcome.WAS_SO

    assert host.ran == ["init"]


def test_a_run_that_was_cut_off_is_undone_and_done_again() -> None:
    host = ScriptedHost()
    host.cut_off = True
    with pytest.raises(ProgramFailed) as failed:
        node.initialise(host, "")
    assert failed.value.reason == "error: killed"
    host.cut_off = False

    assert node.initialise(host, "") is Outcome.DONE

    assert host.ran == ["init", "reset", "init"]


def test_a_node_that_others_made_is_left_alone() -> None:
    host = ScriptedHost(node.KUBELET)

    with pytest.raises(Conflict, match="was not made by this platform"):
        node.join(host, ADMIT)

    assert host.ran == []


def test_the_file_with_the_token_is_gone_after_a_join_also_if_the_last_run_was_cut_off_before() -> None:
    host = ScriptedHost(node.STARTED, node.FINISHED, node.KUBELET, node.CONFIGURATION)

    assert node.join(host, ADMIT) is Outcome.WAS_SO

    assert node.CONFIGURATION not in host.paths


def test_a_host_that_leaves_keeps_its_operators_firewall_routes_and_containers() -> None:
    removing = [line.split("| ")[-1] for line in node.LEFTOVERS.splitlines() if re.search("rm|delete|flush", line)]

    assert removing == [
        "rm -rf /etc/cni/net.d/10-pods.conflist /var/lib/cni/networks/pods /var/lib/cni/results/pods-*",
        'while read -r link; do ip link delete "$link"; done',  # of those below the pods' bridge
        "ip link delete cni0 2>/dev/null",
        "ip route flush protocol 83",
        "for family in ip ip6; do nft delete table $family kube-proxy 2>/dev/null; done",
        "rm -rf /etc/kubernetes",
    ]
    assert "ip -o link show master cni0 type veth 2>/dev/null |\n  sed" in node.LEFTOVERS


def test_what_is_removed_has_the_names_that_the_pod_network_gives_it() -> None:
    made = POD_NETWORK.read_text()

    assert f"/cni/{Path(node.CNI_FILE).name}" in made
    assert f'"name": "{node.CNI_NAME}"' in made
    assert f'"bridge": "{node.BRIDGE}"' in made
    assert f'ip route replace "$1" via "$2" protocol {node.ROUTES} &&' in made
