"""The gateway of a router leaves a host that loses its power or is locked: servers reach the outside again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

import pytest

from tests.integration.lab.waiting import eventually
from tests.integration.openstack.baseboards import with_a_controller
from tests.integration.openstack.cloud import Cloud
from tests.integration.openstack.compute_hosts import PATIENCE, SERVICES, on, shown, unlocked
from tests.integration.openstack.servers import GATEWAY, Server, User

COMPUTES: Final = ("compute-0", "compute-1")
AT_MOST: Final = 30.0
"""Seconds without the outside, in a lock."""
HOST: Final = """
router = cloud.network.find_router("edge")
port = next(iter(cloud.network.ports(device_id=router.id, device_owner="network:router_gateway")))
answer = port.binding_host_id
"""
PINGS: Final = (
    "(while :; do ping -c 1 -W 1 %s && cut -d ' ' -f 1 /proc/uptime >>/heard; sleep 0.2; done) >/dev/null 2>&1 &"
    " echo $! >/pinging"
)
SILENCE: Final = """awk 'NR > 1 && $1 - was > most { most = $1 - was } { was = $1 } END { print most + 0 }' /heard"""


@dataclass(frozen=True)
class Way:
    """Of a server without a floating address to the outside."""

    gateway: str  # host
    other: str  # the host of both servers
    server: Server
    beside: Server  # by which it is spoken to


@dataclass
class Gap:
    """What is known once the block has ended."""

    longest: float = float("nan")  # seconds


@pytest.fixture
def way(servers: tuple[Server, Server], user: User) -> Iterator[Way]:
    """Two servers on one host, the gateway on the other one; afterwards both hosts are in service."""
    cloud = user.cloud
    for host in COMPUTES:
        with_a_controller(cloud, host)
        unlocked(cloud, host)
    # By its own choice: whichever it is, that host is the one that goes.
    gateway = eventually(lambda: str(cloud.run(HOST)), lambda now: now in COMPUTES, PATIENCE)
    other = next(host for host in COMPUTES if host != gateway)
    eventually(partial(_candidates, cloud), lambda now: now == set(COMPUTES), PATIENCE)
    behind, beside = user.boot_inside("behind", other), servers[1]
    for each in (behind, beside):
        on(cloud, each, other)
    yield Way(gateway, other, behind, beside)
    user.lab_command("power", "--name", cloud.lab.name, "on", gateway, check=False)
    unlocked(cloud, gateway)


def test_the_gateway_leaves_a_host_that_lost_its_power(user: User, way: Way) -> None:
    cloud, lab = user.cloud, user.cloud.lab.name

    with _pinging(user, way) as gap:
        began = time.monotonic()
        user.lab_command("power", "--name", lab, "off", way.gateway)
        eventually(partial(shown, cloud, way.gateway, "fencing"), lambda now: now.startswith("fenced"), PATIENCE)
        fenced = time.monotonic() - began
        eventually(lambda: cloud.run(HOST), lambda now: now == way.other, PATIENCE)
        moved = time.monotonic() - began
        _reaches(user, way)
    print(f"fenced after {fenced:.1f} s, the gateway was on {way.other} after {moved:.1f} s; silence {gap.longest} s")
    assert way.gateway not in _candidates(cloud)

    cloud.system("host-power-on", way.gateway, check=False)
    user.lab_command("power", "--name", lab, "on", way.gateway, check=False)
    eventually(lambda: cloud.run(SERVICES)[way.gateway], lambda now: now == ["enabled", "up", False], PATIENCE)
    _is_a_candidate_again(user, way)


def test_the_gateway_leaves_a_host_that_is_locked(user: User, way: Way) -> None:
    cloud = user.cloud

    with _pinging(user, way) as gap:
        done = cloud.system("host-lock", way.gateway, "--wait", check=False, seconds=PATIENCE)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}"
        assert way.gateway not in _candidates(cloud)
        _reaches(user, way)
    print(f"locked; longest silence {gap.longest} s")
    assert gap.longest < AT_MOST
    assert cloud.run(HOST) == way.other

    unlocked(cloud, way.gateway)
    _is_a_candidate_again(user, way)


@contextmanager
def _pinging(user: User, way: Way) -> Iterator[Gap]:
    """Have the server ask the provider's router all the time; fails if it does not hear it to begin with."""
    _reaches(user, way)
    user.behind(way.server, way.beside, "rm -f /heard; " + PINGS % GATEWAY)
    gap = Gap()
    try:
        yield gap
        heard = partial(user.behind, way.server, way.beside, "wc -l </heard")
        before = int(heard())
        eventually(heard, lambda now: int(now) > before, 120)  # once more after the last silence
    finally:
        user.behind(way.server, way.beside, "kill $(cat /pinging)")
    gap.longest = float(user.behind(way.server, way.beside, SILENCE))


def _reaches(user: User, way: Way) -> None:
    ping = partial(user.behind, way.server, way.beside, f"ping -c 3 -W 2 {GATEWAY}")
    eventually(ping, lambda said: " 0% packet loss" in said, 120)


def _is_a_candidate_again(user: User, way: Way) -> None:
    """Behind the one that has it by now: nothing moves back."""
    eventually(partial(_candidates, user.cloud), lambda now: now == set(COMPUTES), PATIENCE)
    assert user.cloud.run(HOST) == way.other
    _reaches(user, way)


def _candidates(cloud: Cloud) -> set[str]:
    """The hosts that OVN may have the router's gateway on."""
    ovn = ("exec", "statefulset/ovn-central", "-c", "ovsdb-nb", "--", "ovn-nbctl", "--db=unix:/run/ovn/ovnnb_db.sock")
    return set(cloud.kubectl(*ovn, "--bare", "--columns=chassis_name", "list", "HA_Chassis").split())
