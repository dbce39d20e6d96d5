from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.databases import anyio_backend, database, database_url, postgres
from tests.integration.inventory.server import Server

__all__ = ["anyio_backend", "database", "database_url", "postgres"]


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path, database_url)
    started.start()
    yield started
    assert started.process is not None
    if started.process.poll() is None:
        started.stop()


WORKER = {"hostname": "compute-0", "personality": "worker", "mgmt_mac": "08:00:27:00:00:03", "mgmt_ip": "10.0.0.3"}


@pytest.fixture
def worker(server: Server) -> str:
    """A worker that is locked, online and ready to be unlocked."""
    uuid: str = server.request("POST", "/v1/ihosts", WORKER).body["uuid"]
    server.request("POST", f"/v1/sturnus/hosts/{uuid}/report", {"presence": "online", "hardware": {}})
    return uuid
