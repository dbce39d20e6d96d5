from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.ground.certificates import Authority
from tests.integration.databases import anyio_backend
from tests.integration.registry.registries import Registry

__all__ = ["anyio_backend"]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.load_or_create(tmp_path / "ca")


@pytest.fixture
def source(tmp_path: Path, authority: Authority) -> Iterator[Registry]:
    """Where images come from: it stands in for quay.io."""
    started = Registry("source", tmp_path / "source", authority)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def local(tmp_path: Path, authority: Authority) -> Iterator[Registry]:
    """The platform's own registry."""
    started = Registry("local", tmp_path / "local", authority)
    started.start()
    yield started
    started.stop()
