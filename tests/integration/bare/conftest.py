"""A lab as an installer leaves it, of a name of its own; it is taken down at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from lab.ground import records
from lab.ground.description import Lab
from tests.integration.conftest import LabCommand


@pytest.fixture(scope="module")
def bare(request: pytest.FixtureRequest, lab_command: LabCommand) -> Iterator[Lab]:
    """A controller and a worker."""
    if os.geteuid() != 0:
        pytest.fail("integration tests need root: sudo make integration")
    name = os.environ.get("STURNUS_BARE_LAB", f"{request.config.getoption('--lab')}-bare")
    lab_command("up", "--bare", "--workers", "1", "--name", name)
    yield records.existing(name)
    lab_command("down", "--name", name)
