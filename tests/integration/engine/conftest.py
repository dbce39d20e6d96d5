"""A platform for each test module, on the lab's cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from lightkube import ApiError, Client
from lightkube.resources.core_v1 import Namespace

from lab.ground.description import Lab
from lab.programs.build import built
from tests.integration.engine.platform import Platform
from tests.integration.inventory.server import Server


@pytest.fixture
def platform(lab: Lab, tmp_path: Path) -> Iterator[Platform]:
    settings = {
        "STURNUS_APPLICATIONS_KUBECONFIG": str(lab.paths.kubeconfig),
        "STURNUS_STATE_DIRECTORY": str(tmp_path / "state"),
        "STURNUS_HELM": str(built() / "helm"),
        "STURNUS_SYSTEM_NAME": f"test-{tmp_path.name}",
    }
    server = Server(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/sturnus.db", settings)
    server.upgrade()
    server.start()
    yield Platform(server, tmp_path)
    assert server.process is not None
    if server.process.poll() is None:
        server.stop()


@pytest.fixture
def namespaces(client: Client) -> Iterator[list[str]]:
    """Namespaces that a test says it uses: gone before it and after it."""
    used: list[str] = []
    yield used
    for name in used:
        with contextlib.suppress(ApiError):
            client.delete(Namespace, name)
