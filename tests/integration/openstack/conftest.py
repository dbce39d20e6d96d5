"""OpenStack on the lab: labelled hosts, one tarball, three commands."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from lab.ground.description import Lab
from tests.integration.conftest import LabCommand
from tests.integration.lab.waiting import eventually
from tests.integration.openstack.cloud import Cloud
from tests.integration.openstack.servers import Server, User
from tests.integration.platform.conftest import Announced, System, announced, system

__all__ = ["announced", "system"]  # fixtures

COMPUTES = ("compute-0", "compute-1")
CONTROLLER = "controller-0"
DATA_NETWORKS = {"eth2": ("physnet0", "flat"), "eth1": ("tenants", "vxlan", "--multicast_group", "239.1.1.1")}


@pytest.fixture(scope="session")
def tarball(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The application's tarball, and its images in the lab's registry."""
    for arguments in (["images", "build"], ["images", "publish", "--lab", lab.name]):
        _made(*arguments)
    directory = tmp_path_factory.mktemp("tarball")
    _made("tarball", "--into", str(directory))
    (file,) = directory.glob("openstack-*.tgz")
    return str(file)


def _made(what: str, *arguments: str) -> None:
    command = [sys.executable, "-m", f"apps.openstack.{what}", *arguments]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, f"{' '.join(command[2:])}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


@pytest.fixture(scope="session")
def cloud(lab: Lab, lab_command: LabCommand, system: System, announced: Announced, tarball: str) -> Iterator[Cloud]:
    """The application, installed."""
    there = Cloud(lab, system, tarball)
    _hosts_in_service(system, announced)
    if "openstack" not in system("application-list", "--format", "value", "--column", "name").stdout:
        system("application-upload", tarball)
    there.install()
    yield there
    if "openstack" in system("application-list", "--format", "value", "--column", "name").stdout:
        system("application-remove", "openstack", "--force", "--wait", seconds=600)
        system("application-delete", "openstack")
    for host in (*COMPUTES, CONTROLLER):
        system("host-lock", host, "--wait", check=False)
        system("host-delete", host, check=False)


def _hosts_in_service(system: System, announced: Announced) -> None:
    """Labels, data networks, and the ports that carry them: all that an operator does before OpenStack comes."""
    known = system("host-list", "--format", "value", "--column", "hostname").stdout.split()
    if CONTROLLER not in known:
        system("host-update", announced(CONTROLLER), "personality=controller", f"hostname={CONTROLLER}")
    if "openstack-controller-node" not in system("host-label-list", CONTROLLER, "--format", "value").stdout:
        system("host-label-assign", CONTROLLER, "openstack-controller-node")
    system("host-unlock", CONTROLLER, "--wait", check=False, seconds=180)
    there = system("datanetwork-list", "--format", "value", "--column", "name").stdout.split()
    for name, *kind in DATA_NETWORKS.values():
        if name not in there:
            system("datanetwork-add", name, *kind)
    for host in COMPUTES:
        if host not in known:
            system("host-update", announced(host), "personality=worker", f"hostname={host}")
        if "openstack-compute-node" not in system("host-label-list", host, "--format", "value").stdout:
            system("host-lock", host, "--wait", check=False)
            system("host-label-assign", host, "openstack-compute-node")
        carried = system("interface-datanetwork-list", host, "--format", "value").stdout
        for port, (name, *_) in DATA_NETWORKS.items():
            if name not in carried:
                eventually(partial(_ports, system, host), lambda now, port=port: port in now, 60)
                system("host-if-modify", "-c", "data", host, port)
                system("interface-datanetwork-assign", host, port, name)
        system("host-unlock", host, "--wait", check=False, seconds=180)
        eventually(partial(_availability, system, host), lambda now: now == "available", 120)


def _ports(system: System, host: str) -> str:
    return system("host-if-list", "-a", host, "--format", "value").stdout


def _availability(system: System, host: str) -> str:
    return system("host-show", host, "--format", "value", "--column", "availability").stdout.strip()


@pytest.fixture(scope="session")
def user(cloud: Cloud, lab_command: LabCommand) -> User:
    """A user with networks, an image, a flavor and a key."""
    there = User(cloud, lab_command)
    there.networks()
    there.rest()
    return there


@pytest.fixture(scope="session")
def servers(user: User) -> tuple[Server, Server]:
    """Two servers on two hosts, that have booted."""
    return user.boot("one", "compute-0"), user.boot("two", "compute-1")
