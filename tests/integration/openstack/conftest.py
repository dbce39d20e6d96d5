"""OpenStack on the lab: labelled hosts, one tarball, three commands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.ground.description import Lab
from tests.integration.conftest import LabCommand
from tests.integration.openstack.cloud import Cloud
from tests.integration.openstack.hosts import in_service, taken_out
from tests.integration.openstack.servers import Server, User
from tests.integration.openstack.tarball import made_for
from tests.integration.platform.conftest import announced, system
from tests.integration.platform.operator import Announced, System

__all__ = ["announced", "system"]  # fixtures


@pytest.fixture(scope="session")
def tarball(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The application's tarball, and its images in the lab's registry."""
    return made_for(lab, tmp_path_factory.mktemp("tarball"))


@pytest.fixture(scope="session")
def cloud(lab: Lab, lab_command: LabCommand, system: System, announced: Announced, tarball: str) -> Iterator[Cloud]:
    """The application, installed."""
    there = Cloud(lab, system, tarball)
    in_service(system, announced)
    if "openstack" not in system("application-list", "--format", "value", "--column", "name").stdout:
        system("application-upload", tarball)
    there.install()
    yield there
    if "openstack" in system("application-list", "--format", "value", "--column", "name").stdout:
        system("application-remove", "openstack", "--force", "--wait", seconds=600)
        system("application-delete", "openstack")
    taken_out(system)


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
