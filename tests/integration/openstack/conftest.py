"""OpenStack on a lab that came up as the story tells it: labelled hosts, one tarball, three commands."""

from __future__ import annotations

import os

import pytest

from lab.ground import records
from lab.ground.description import Lab
from tests.integration.conftest import LabCommand
from tests.integration.openstack.cloud import Cloud
from tests.integration.openstack.servers import Server, User
from tests.integration.openstack.tarball import made_for
from tests.integration.platform.operator import System, operator_of
from tests.integration.telling import UNTIL_LABELLED, tell


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest) -> Lab:
    """A controller, two computes, and a pure Kubernetes worker, in service."""
    if os.geteuid() != 0:
        pytest.fail("integration tests need root: sudo make openstack-test")
    name = request.config.getoption("--lab")
    tell(name, *UNTIL_LABELLED)
    return records.existing(name)


@pytest.fixture(scope="session")
def system(lab: Lab, lab_command: LabCommand) -> System:
    """Runs `system` with the credentials of the lab's openrc."""
    return operator_of(lab, lab_command)


@pytest.fixture(scope="session")
def tarball(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The application's tarball, and its images in the lab's registry."""
    return made_for(lab, tmp_path_factory.mktemp("tarball"))


@pytest.fixture(scope="session")
def cloud(lab: Lab, system: System, tarball: str) -> Cloud:
    """The application, installed."""
    tell(lab.name, "openstack")
    return Cloud(lab, system, tarball)


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
