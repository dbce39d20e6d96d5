"""A worker without the label is locked, unlocked, loses its power, is deleted, comes again: OpenStack is not asked."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

import pytest

from lab.ground.description import Lab
from tests.integration.conftest import LabCommand
from tests.integration.lab.waiting import eventually
from tests.integration.openstack.baseboards import with_a_controller
from tests.integration.openstack.cloud import Cloud
from tests.integration.openstack.compute_hosts import shown
from tests.integration.openstack.recording import nobody_called
from tests.integration.platform.operator import announced_in

WORKER: Final = "compute-2"
PATIENCE: Final = 300


@pytest.fixture
def worker(cloud: Cloud, lab_command: LabCommand) -> Iterator[str]:
    """A pure Kubernetes worker, in service, and again at the end."""
    with_a_controller(cloud, WORKER)
    in_service(cloud)
    yield WORKER
    lab_command("power", "--name", cloud.lab.name, "on", WORKER, check=False)
    in_service(cloud)


def test_it_is_locked_and_unlocked_without_a_call(cloud: Cloud, worker: str) -> None:
    with nobody_called(cloud, about=worker):
        cloud.system("host-lock", worker, "--wait", seconds=PATIENCE)
        in_service(cloud)


def test_it_fails_is_fenced_and_comes_back_without_a_call(cloud: Cloud, worker: str, lab_command: LabCommand) -> None:
    with nobody_called(cloud, about=worker):
        lab_command("power", "--name", cloud.lab.name, "off", worker)
        eventually(partial(shown, cloud, WORKER, "fencing"), lambda now: now.startswith("fenced"), PATIENCE)
        cloud.system("host-power-on", worker)
        in_service(cloud)


def test_it_is_deleted_and_comes_again_without_a_call(cloud: Cloud, worker: str, lab: Lab) -> None:
    with nobody_called(cloud, about=worker):
        cloud.system("host-lock", worker, "--wait", seconds=PATIENCE)
        cloud.system("host-delete", worker)
        eventually(lambda: cloud.kubectl("get", "nodes", "-o", "name"), lambda now: worker not in now, PATIENCE)

        number = announced_in(lab, cloud.system)(worker)
        cloud.system("host-update", number, "personality=worker", f"hostname={worker}")
        in_service(cloud)


def in_service(cloud: Cloud) -> None:
    """Have it unlocked, and its node ready."""
    cloud.system("host-unlock", WORKER, "--wait", check=False, seconds=PATIENCE)
    eventually(partial(shown, cloud, WORKER, "availability"), lambda now: now == "available", PATIENCE)
    ready = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
    node = ("get", "node", WORKER, "--ignore-not-found", "-o", ready)  # a host that comes again is not one at once
    eventually(lambda: cloud.kubectl(*node), lambda now: now == "True", PATIENCE)
