"""Hosts of the lab announce themselves by their agents, and are missed when they lose power."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from lab.ground.description import Lab
from tests.integration.conftest import LabCommand
from tests.integration.lab.waiting import eventually
from tests.integration.platform.operator import Announced, System

STATES = ("--format", "value", "--column", "administrative", "--column", "operational", "--column", "availability")


@pytest.fixture
def worker(system: System, announced: Announced) -> Iterator[str]:
    """compute-1, which announced itself, named and locked. Afterwards it is deleted, and announces itself anew."""
    system("host-update", announced("compute-1"), "personality=worker", "hostname=compute-1")
    yield "compute-1"
    if states(system, "compute-1").startswith("unlocked"):
        system("host-lock", "compute-1", "--wait")
    system("host-delete", "compute-1")


def states(system: System, host: str) -> str:
    return " ".join(system("host-show", host, *STATES).stdout.split())


def test_every_host_announces_itself_with_its_address(system: System, lab: Lab, announced: Announced) -> None:
    for host in lab.hosts:
        shown = system("host-show", announced(host.name), "--format", "value", "--column", "mgmt_ip")
        assert shown.stdout.strip() == host.address


def test_an_announced_host_is_named_and_unlocked(system: System, worker: str) -> None:
    eventually(lambda: states(system, worker), lambda now: "online" in now, 10)

    system("host-unlock", worker, "--wait")

    assert set(states(system, worker).split()) == {"unlocked", "enabled", "available"}


def test_a_host_without_power_is_missed_and_back_when_it_has_power(
    system: System, lab: Lab, lab_command: LabCommand, worker: str
) -> None:
    system("host-unlock", worker, "--wait")

    lab_command("power", "--name", lab.name, "off", worker)
    cut = time.monotonic()
    eventually(lambda: states(system, worker), lambda now: "offline" in now, 30)
    assert time.monotonic() - cut < 30

    system("host-lock", worker, "--wait")
    eventually(lambda: states(system, worker), lambda now: "offline" in now, 10)

    lab_command("power", "--name", lab.name, "on", worker)
    eventually(lambda: states(system, worker), lambda now: "online" in now, 60)
    lab_command("up", "--name", lab.name)
