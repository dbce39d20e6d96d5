"""A platform for each test, or one for all of them, on the lab's cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from lightkube import ApiError, Client
from lightkube.resources.core_v1 import Namespace

from lab.ground.description import Lab
from tests.integration.engine.platform import Platform, serving, until


@pytest.fixture
def platform(lab: Lab, tmp_path: Path) -> Iterator[Platform]:
    """For a test that disturbs it."""
    with serving(lab, tmp_path) as started:
        yield started


@pytest.fixture(scope="package")
def shared(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """For tests that leave it running, each with an application of its own."""
    with serving(lab, tmp_path_factory.mktemp("platform")) as started:
        yield started


@pytest.fixture
def namespaces(client: Client) -> Iterator[list[str]]:
    """Namespaces that a test says it uses: gone after it, so that the next one may create them."""
    used: list[str] = []
    yield used
    for name in used:
        with contextlib.suppress(ApiError):
            client.delete(Namespace, name)
    until(lambda: not {one.metadata.name for one in client.list(Namespace) if one.metadata} & set(used), 120)
