"""The VIM keeps hosts and servers in step: a lock moves a server, a power cut starts it elsewhere; killed, too."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import pytest

from tests.integration.lab.waiting import eventually
from tests.integration.openstack.baseboards import with_a_controller
from tests.integration.openstack.cloud import Cloud
from tests.integration.openstack.compute_hosts import PATIENCE, SERVICES, on, shown, unlocked
from tests.integration.openstack.connection import held
from tests.integration.openstack.servers import Server, User

MOVED: Final = "compute-0"
OTHER: Final = "compute-1"
AT_MOST: Final = 5.0
"""Seconds, in which a connection sends again what was lost while a network finds the server's new place."""
KILL: Final = ("sv", "kill", "/etc/service/vim")
"""The supervisor starts it again."""
SERVES: Final = "until curl --silent --insecure --fail --output /dev/null https://{}:30001/healthz; do sleep 0.2; done"


@pytest.fixture
def server(servers: tuple[Server, Server], user: User) -> Iterator[Server]:
    """The first server, on `MOVED`; afterwards both hosts are in service."""
    one = servers[0]
    with_a_controller(user.cloud, MOVED)
    unlocked(user.cloud, MOVED)
    unlocked(user.cloud, OTHER)
    on(user.cloud, one, MOVED)
    yield one
    user.lab_command("power", "--name", user.cloud.lab.name, "on", MOVED, check=False)
    unlocked(user.cloud, MOVED)


@pytest.fixture(params=["the VIM is left alone", "the VIM is killed at random points"])
def vim(request: pytest.FixtureRequest, user: User) -> Iterator[None]:
    """Whoever watches over the VIM's process starts it again."""
    if "killed" not in request.param:
        yield
        return
    with killed_now_and_then(user):
        yield


def test_a_lock_moves_a_running_server_and_keeps_its_connection(user: User, server: Server, vim: None) -> None:
    cloud, uptime = user.cloud, user.uptime(server)

    began = time.monotonic()
    with held(user, server) as connection:
        done = cloud.system("host-lock", MOVED, "--wait", check=False, seconds=PATIENCE)
    took = time.monotonic() - began

    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert _host(cloud, server) == OTHER
    assert user.uptime(server) > uptime  # it was not started anew
    assert cloud.run(SERVICES)[MOVED][0] == "disabled"
    print(f"lock took {took:.1f} s, {connection}")
    assert connection.most_late < AT_MOST
    unlocked(cloud, MOVED)
    assert cloud.run(SERVICES)[MOVED] == ["enabled", "up", False]


def test_what_is_stopped_for_a_lock_runs_again_after_the_unlock(user: User, server: Server, vim: None) -> None:
    cloud = user.cloud
    wish = "cloud.compute.set_server_metadata(server(name), **{'sturnus:on_lock': wish})"
    cloud.run(wish, name=server.name, wish="stop")
    try:
        done = cloud.system("host-lock", MOVED, "--wait", check=False, seconds=PATIENCE)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}"
        assert (_status(cloud, server), _host(cloud, server)) == ("SHUTOFF", MOVED)

        unlocked(cloud, MOVED)

        eventually(partial(_status, cloud, server), lambda now: now == "ACTIVE", PATIENCE)
    finally:
        cloud.run(wish, name=server.name, wish="migrate")


def test_a_server_that_cannot_move_makes_the_lock_fail_and_is_named(user: User, server: Server) -> None:
    cloud = user.cloud
    cloud.run("cloud.compute.suspend_server(server(name))", name=server.name)
    eventually(partial(_status, cloud, server), lambda now: now == "SUSPENDED", PATIENCE)
    try:
        done = cloud.system("host-lock", MOVED, "--wait", check=False, seconds=PATIENCE)

        assert done.returncode != 0
        said = cloud.system("host-show", MOVED, "--format", "value", "--column", "vim_progress_status").stdout
        assert f"{server.name} because it is suspended" in said
        eventually(lambda: cloud.run(SERVICES)[MOVED], lambda now: now == ["enabled", "up", False], PATIENCE)
    finally:
        cloud.run("cloud.compute.resume_server(server(name))", name=server.name)
        eventually(partial(_status, cloud, server), lambda now: now == "ACTIVE", PATIENCE)


def test_a_power_cut_starts_the_server_elsewhere_and_the_host_comes_back(user: User, server: Server, vim: None) -> None:
    cloud, lab = user.cloud, user.cloud.lab.name

    began = time.monotonic()
    user.lab_command("power", "--name", lab, "off", MOVED)
    eventually(partial(shown, cloud, MOVED, "fencing"), lambda now: now.startswith("fenced"), PATIENCE)
    fenced = time.monotonic() - began
    eventually(lambda: (_host(cloud, server), _status(cloud, server)), lambda now: now == (OTHER, "ACTIVE"), PATIENCE)
    runs = time.monotonic() - began
    eventually(lambda: cloud.run(SERVICES)[MOVED][2], lambda forced_down: forced_down is True, PATIENCE)
    assert "node.kubernetes.io/out-of-service" in cloud.kubectl("get", "node", MOVED, "-o", "jsonpath={.spec.taints}")
    assert 0 < user.uptime(server) < time.monotonic() - began
    spoke = time.monotonic() - began

    cloud.system("host-power-on", MOVED, check=False)
    user.lab_command("power", "--name", lab, "on", MOVED, check=False)
    eventually(partial(shown, cloud, MOVED, "availability"), lambda now: now == "available", PATIENCE)
    eventually(lambda: cloud.run(SERVICES)[MOVED], lambda now: now == ["enabled", "up", False], PATIENCE)
    back = time.monotonic() - began
    assert "out-of-service" not in cloud.kubectl("get", "node", MOVED, "-o", "jsonpath={.spec.taints}")
    assert _host(cloud, server) == OTHER
    print(
        f"fenced {fenced:.1f} s after the power cut, the server ran on {OTHER} after {runs:.1f} s and spoke after"
        f" {spoke:.1f} s; the host was back in service after {back:.1f} s"
    )


@contextmanager
def killed_now_and_then(user: User) -> Iterator[None]:
    """Kill the VIM again and again during the block, some seconds after it serves again."""
    over = threading.Event()
    chance = random.Random(7)
    lab = user.cloud.lab
    serves = SERVES.format(lab.active_controller.address)

    def on_controller(*command: str) -> None:
        user.lab_command("exec", "--name", lab.name, lab.active_controller.name, "--", *command, check=False)

    def kill() -> None:
        while not over.wait(chance.uniform(0.0, 5.0)):
            on_controller(*KILL)
            on_controller("timeout", "60", "sh", "-c", serves)  # one that is killed while it starts does nothing

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _host(cloud: Cloud, server: Server) -> str:
    return str(cloud.run("answer = server(name).compute_host", name=server.name))


def _status(cloud: Cloud, server: Server) -> str:
    return str(cloud.run("answer = server(name).status", name=server.name))
