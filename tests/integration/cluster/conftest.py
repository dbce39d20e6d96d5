"""A real cluster as the engine reaches it."""

from __future__ import annotations

import os
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from lightkube import Client
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Namespace

from lab.ground.description import Lab
from lab.programs.build import built
from sturnus.helm.operations import Helm
from sturnus.helm.process import Ground
from sturnus.kubernetes.connection import Connection
from tests.integration.cluster.charts import chart


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def namespace(client: Client, request: pytest.FixtureRequest) -> Iterator[str]:
    """A namespace of the test's own, whatever its parameters: the last one may still be on its way out."""
    name = f"cluster-{zlib.crc32(request.node.nodeid.encode()):08x}-{os.getpid()}"
    client.create(Namespace(metadata=ObjectMeta(name=name)))
    yield name
    client.delete(Namespace, name)


@pytest.fixture
def ground(lab: Lab, tmp_path: Path) -> Ground:
    return Ground(lab.paths.kubeconfig, tmp_path / "helm", f"test-{tmp_path.name}", str(built() / "helm"))


@pytest.fixture
def helm(ground: Ground) -> Helm:
    return Helm(ground)


@pytest.fixture
async def connection(lab: Lab) -> AsyncIterator[Connection]:
    async with Connection.from_kubeconfig(lab.paths.kubeconfig) as connected:
        yield connected


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    return chart(tmp_path)
