"""The lab that integration tests run on: brought up if it is not, left up for whoever runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lightkube import Client
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Namespace, Node

from lab.ground import records
from lab.ground.description import Lab
from lab.kubernetes import cluster

LabCommand = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def lab_command() -> LabCommand:
    """Runs the `lab` command as a user does, and returns what it said."""
    program = Path(sys.executable).with_name("lab")

    def run(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0 or not check, f"lab {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done

    return run


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest, lab_command: LabCommand) -> Lab:
    """A lab with three nodes. Every test leaves it as it found it."""
    if os.geteuid() != 0:
        pytest.fail("integration tests need root: sudo make integration")
    name = request.config.getoption("--lab")
    lab_command("up", "--name", name)
    return records.existing(name)


@pytest.fixture
def client(lab: Lab) -> Iterator[Client]:
    with cluster.connected(lab) as connected:
        yield connected


@pytest.fixture
def namespace(client: Client, request: pytest.FixtureRequest) -> Iterator[str]:
    """A Kubernetes namespace that ends with the test."""
    name = request.node.name.replace("_", "-").removeprefix("test-")[:50].rstrip("-")
    client.create(Namespace(metadata=ObjectMeta(name=name)))
    yield name
    client.delete(Namespace, name)


@pytest.fixture
def nodes(client: Client) -> Callable[[], dict[str, str]]:
    """Looks at the nodes: name → `Ready` or `NotReady`."""

    def look() -> dict[str, str]:
        return {str(node.metadata.name): cluster.readiness(node) for node in client.list(Node) if node.metadata}

    return look
