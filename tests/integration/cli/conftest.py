from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.inventory.server import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/sturnus.db")
    started.upgrade()
    started.start()
    yield started
    started.stop()
