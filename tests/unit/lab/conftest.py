from __future__ import annotations

from pathlib import Path

import pytest

from lab.ground.description import Lab, hosts_of


@pytest.fixture
def small_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """One controller and two workers, whose files are the test's own."""
    monkeypatch.setenv("STURNUS_LAB_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("STURNUS_LAB_RUN", str(tmp_path / "run"))
    monkeypatch.setenv("STURNUS_LAB_CACHE", str(tmp_path / "cache"))
    return Lab(name="small", loopback=77, hosts=hosts_of(1, 2, controller_memory=2048, worker_memory=1024))
