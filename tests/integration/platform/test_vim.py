"""The VIM on a lab's controller: a host with pods is locked and unlocked, and the VIM is killed in between."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lightkube import Client
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta
from lightkube.models.policy_v1 import PodDisruptionBudgetSpec
from lightkube.resources.core_v1 import Node, Pod
from lightkube.resources.policy_v1 import PodDisruptionBudget

from lab.ground.description import Lab
from tests.integration.conftest import LabCommand
from tests.integration.lab.objects import deployment
from tests.integration.lab.waiting import eventually
from tests.integration.platform.operator import Announced, System, field

WORKER = "compute-0"
APP = {"app": "app"}


@pytest.fixture
def worker(system: System, announced: Announced, client: Client) -> Iterator[str]:
    """compute-0, a pure Kubernetes worker in service."""
    system("host-update", announced(WORKER), "personality=worker", f"hostname={WORKER}")
    system("host-unlock", "-f", WORKER, "--wait")
    yield WORKER
    if system("host-show", WORKER, "--format", "value", "--column", "administrative").stdout.strip() == "unlocked":
        system("host-lock", "-f", WORKER, "--wait")
    system("host-delete", WORKER)
    eventually(lambda: taints(client), lambda now: now == set(), 20)


def taints(client: Client) -> set[str]:
    spec = client.get(Node, WORKER).spec
    return {taint.effect for taint in (spec.taints if spec else None) or [] if taint.key == "services"}


def pods(client: Client, namespace: str) -> list[str]:
    found = client.list(Pod, namespace=namespace, labels={**APP}, fields={"spec.nodeName": WORKER})
    return [pod.metadata.name or "" for pod in found if pod.metadata and pod.metadata.deletionTimestamp is None]


def is_running(client: Client, namespace: str) -> bool:
    found = list(client.list(Pod, namespace=namespace, labels={**APP}))
    return bool(found) and all(pod.status is not None and pod.status.phase == "Running" for pod in found)


def deploy(client: Client, namespace: str, count: int) -> None:
    """Pods that want to run on the worker only."""
    wanted = deployment("app", count)
    assert wanted.spec is not None
    assert wanted.spec.template.spec is not None
    wanted.spec.template.spec.nodeSelector = {"kubernetes.io/hostname": WORKER}
    client.create(wanted, namespace=namespace)
    eventually(lambda: is_running(client, namespace), lambda now: now, 60)


@pytest.fixture
def kill_vim(lab: Lab, lab_command: LabCommand) -> Callable[[], None]:
    """Kills the VIM with SIGKILL; its supervisor starts the next one."""

    def kill() -> None:
        lab_command("exec", "controller-0", "--name", lab.name, "--", "sv", "kill", "/etc/service/vim")

    return kill


def test_a_lock_drains_and_taints_the_node_and_an_unlock_brings_it_back_also_when_the_vim_is_killed(
    system: System, client: Client, namespace: str, worker: str, kill_vim: Callable[[], None]
) -> None:
    deploy(client, namespace, 2)
    assert taints(client) == set()

    system("host-lock", worker)
    kill_vim()
    eventually(lambda: field(system, WORKER, "administrative"), lambda now: now == "locked", 60)
    assert taints(client) == {"NoSchedule", "NoExecute"}
    assert pods(client, namespace) == []
    assert field(system, WORKER, "vim_progress_status") == "services-disabled"

    system("host-unlock", worker)
    kill_vim()
    eventually(lambda: field(system, WORKER, "administrative"), lambda now: now == "unlocked", 60)
    assert taints(client) == set()
    eventually(lambda: len(pods(client, namespace)), lambda now: now == 2, 30)


def test_a_budget_that_holds_up_a_lock_is_named_and_a_forced_lock_overtakes_it(
    system: System, client: Client, namespace: str, worker: str
) -> None:
    deploy(client, namespace, 1)
    budget = PodDisruptionBudgetSpec(minAvailable=1, selector=LabelSelector(matchLabels=APP))
    client.create(PodDisruptionBudget(metadata=ObjectMeta(name="db", namespace=namespace), spec=budget))

    system("host-lock", worker)
    eventually(lambda: field(system, WORKER, "vim_progress_status"), lambda now: "disruption budget db" in now, 20)
    assert pods(client, namespace) != []

    system("host-lock", "-f", worker)
    eventually(lambda: field(system, WORKER, "administrative"), lambda now: now == "locked", 60)
    assert pods(client, namespace) == []


def test_a_preview_names_the_budget_that_would_hold_up_a_lock(
    system: System, client: Client, namespace: str, worker: str
) -> None:
    deploy(client, namespace, 1)
    assert json.loads(system("host-lock", "--preview", worker, "--format", "json").stdout)["goes_through"] is True
    budget = PodDisruptionBudgetSpec(minAvailable=1, selector=LabelSelector(matchLabels=APP))
    client.create(PodDisruptionBudget(metadata=ObjectMeta(name="db", namespace=namespace), spec=budget))

    def preview() -> dict[str, Any]:
        done = system("host-lock", "--preview", worker, "--format", "json", check=False)
        found: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == (0 if found["goes_through"] else 2)
        return found

    why = "budget db allows no disruption now: 1 healthy, 1 wanted"  # once Kubernetes has counted
    found = eventually(preview, lambda now: any(each["held_up_by"] == why for each in now["pods"]), 30)

    (pod,) = (each for each in found["pods"] if each["namespace"] == namespace)
    assert found["obstacles"] == [f"pod {namespace}/{pod['name']}: {why}"]
    assert (found["servers"], found["servers_missing"]) == ([], None)  # a pure Kubernetes worker
    assert field(system, WORKER, "administrative") == "unlocked"
