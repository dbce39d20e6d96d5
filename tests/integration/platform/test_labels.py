"""The platform on a lab's controller, used from the machine as an operator does: openrc, then `system`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lightkube import Client
from lightkube.resources.core_v1 import Node

from lab.ground.description import Lab
from tests.integration.conftest import LabCommand
from tests.integration.lab.waiting import eventually
from tests.integration.platform.operator import Announced, System


@pytest.fixture
def worker(system: System, announced: Announced) -> Iterator[str]:
    """compute-1 in the inventory, without labels, locked."""
    system("host-update", announced("compute-1"), "personality=worker", "hostname=compute-1")
    yield "compute-1"
    system("host-delete", "compute-1")


def labels_of(client: Client, node: str) -> dict[str, str]:
    metadata = client.get(Node, node).metadata
    return (metadata.labels if metadata else None) or {}


def test_a_label_follows_onto_the_node_and_is_gone_when_it_is_removed(
    system: System, client: Client, worker: str
) -> None:
    system("host-label-assign", worker, "openstack-compute-node")
    eventually(lambda: labels_of(client, worker).get("openstack-compute-node"), lambda now: now == "enabled", 10)

    system("host-label-remove", worker, "openstack-compute-node")
    eventually(lambda: "openstack-compute-node" in labels_of(client, worker), lambda now: not now, 10)


def test_a_controllers_label_is_on_the_node_under_both_names(system: System, client: Client, worker: str) -> None:
    system("host-label-assign", worker, "openstack-controller-node")

    eventually(
        lambda: labels_of(client, worker),
        lambda now: now.keys() >= {"openstack-controller-node", "openstack-control-plane"},
        10,
    )


def test_a_label_that_somebody_else_changed_on_the_node_is_put_right(
    system: System, client: Client, worker: str
) -> None:
    system("host-label-assign", worker, "rack=one")
    eventually(lambda: labels_of(client, worker).get("rack"), lambda now: now == "one", 10)

    client.patch(Node, worker, {"metadata": {"labels": {"rack": "two"}}})

    eventually(lambda: labels_of(client, worker).get("rack"), lambda now: now == "one", 10)


def test_a_label_that_kubernetes_would_refuse_is_refused_and_nothing_changes(
    system: System, client: Client, worker: str
) -> None:
    before = labels_of(client, worker)

    refused = system("host-label-assign", worker, "good=yes", "bad key=no", check=False)

    assert refused.returncode == 1
    assert "bad key" in refused.stderr
    assert system("host-label-list", worker, "--format", "value").stdout == ""
    assert labels_of(client, worker) == before


def test_a_wrong_password_is_refused_by_the_platforms_keystone(system: System) -> None:
    refused = system("--os-password", "wrong", "host-list", check=False)

    assert refused.returncode == 1
    assert "401" in refused.stderr or "credentials" in refused.stderr.lower()


def test_the_platform_is_back_after_its_controller_lost_power(
    system: System, lab: Lab, lab_command: LabCommand
) -> None:
    lab_command("power", "reset", "controller-0", "--name", lab.name)

    eventually(lambda: system("host-list", check=False).returncode, lambda now: now == 0, 120)
    lab_command("up", "--name", lab.name)


def test_installing_what_is_installed_changes_nothing(system: System, lab: Lab, lab_command: LabCommand) -> None:
    def processes() -> str:
        return lab_command("exec", "controller-0", "--name", lab.name, "--", "sv", "status", "/etc/service/inventory",
                           "/etc/service/keystone").stdout.replace(")", "(").split("(")[1]  # fmt: skip

    before = processes()
    lab_command("platform", "--name", lab.name, "install")

    assert processes() == before
    assert system("host-list").returncode == 0
