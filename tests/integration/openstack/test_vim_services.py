"""The VIM and the real Nova and Neutron: labels, locks and unlocks show there; without the label nobody is called."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import pytest

from sturnus.cloud.access import REQUEST_MARK
from sturnus.cloud.compute_services import REASON
from tests.integration.lab.waiting import eventually
from tests.integration.openstack.cloud import Cloud
from tests.integration.openstack.recording import nobody_called, requests
from tests.integration.telling import tell

HOST: Final = "compute-1"
LABEL: Final = "openstack-compute-node"
SECONDS: Final = 600
"""For a lock or an unlock: servers move, pods start; no test is about how fast a shared machine is."""

SERVICE: Final = """
found = list(cloud.compute.services(host=host, binary="nova-compute"))
answer = [[each.status, each.state, each.disabled_reason, bool(each.is_forced_down)] for each in found]
"""
AGENTS: Final = "answer = [each.agent_type for each in cloud.network.agents(host=host)]"

ENABLED: Final = [["enabled", "up", None, False]]


def service(cloud: Cloud) -> list[list[object]]:
    """Nova's record of the host's service: status, state, why it is disabled, whether it is marked dead."""
    found: list[list[object]] = cloud.run(SERVICE, host=HOST)
    return found


def lock(cloud: Cloud) -> None:
    cloud.system("host-lock", HOST, "--wait", seconds=SECONDS)


def unlock(cloud: Cloud) -> None:
    cloud.system("host-unlock", HOST, "--wait", seconds=SECONDS)


@pytest.fixture
def compute(cloud: Cloud) -> Iterator[str]:
    """A compute host in service, and again at the end."""
    eventually(lambda: service(cloud), lambda now: now == ENABLED, 120)
    yield HOST
    if LABEL not in cloud.system("host-label-list", HOST, "--format", "value").stdout:
        cloud.system("host-lock", HOST, "--wait", check=False, seconds=SECONDS)
        cloud.system("host-label-assign", HOST, LABEL)
    cloud.system("host-unlock", HOST, "--wait", check=False, seconds=SECONDS)
    eventually(lambda: service(cloud), lambda now: now == ENABLED, SECONDS)


def test_a_lock_and_an_unlock_show_in_nova(cloud: Cloud, compute: str) -> None:
    lock(cloud)
    # Right after the installation the VIM may not have heard of it: then it puts the locked host in order afterwards.
    eventually(lambda: service(cloud), lambda now: (now[0][0], *now[0][2:]) == ("disabled", REASON, False), 120)

    unlock(cloud)
    assert service(cloud) == ENABLED


def test_the_vim_says_who_it_is_in_each_request(cloud: Cloud, compute: str) -> None:
    begun = datetime.now(UTC)
    lock(cloud)
    unlock(cloud)

    assert [line for line in requests(cloud, begun) if f"req-{REQUEST_MARK}" in line]


def test_a_host_without_the_label_is_gone_from_openstack_and_causes_no_call_when_it_is_locked_and_unlocked(
    cloud: Cloud, compute: str
) -> None:
    lock(cloud)
    cloud.system("host-label-remove", compute, LABEL)
    eventually(lambda: service(cloud), lambda now: now == [], 120)
    eventually(lambda: cloud.run(AGENTS, host=HOST), lambda now: now == [], 120)
    unlock(cloud)

    with nobody_called(cloud, about=compute):
        lock(cloud)
        unlock(cloud)


def test_the_label_brings_the_services_with_the_unlock(cloud: Cloud, compute: str) -> None:
    lock(cloud)
    cloud.system("host-label-remove", compute, LABEL)
    eventually(lambda: service(cloud), lambda now: now == [], 120)

    cloud.system("host-label-assign", compute, LABEL)
    assert service(cloud) == []  # its pods come with the unlock

    unlock(cloud)
    assert service(cloud) == ENABLED
    assert [kind for kind in cloud.run(AGENTS, host=HOST) if kind.startswith("OVN Controller")]


def test_a_deleted_host_is_gone_from_openstack_and_takes_part_again_when_it_comes_back(
    cloud: Cloud, compute: str
) -> None:
    lock(cloud)
    cloud.system("host-delete", compute)
    eventually(lambda: service(cloud), lambda now: now == [], 120)
    eventually(lambda: cloud.run(AGENTS, host=HOST), lambda now: now == [], 120)

    tell(cloud.lab.name, "labels")

    eventually(lambda: service(cloud), lambda now: now == ENABLED, SECONDS)
