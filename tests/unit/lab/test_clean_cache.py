"""`lab clean-cache`: what was built goes, what somebody took stays."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from lab.cli.commands.clean_cache import run
from lab.ground import paths, records
from lab.ground.description import Lab
from lab.ground.errors import LabError

NOTHING = argparse.Namespace()


@pytest.fixture
def cache(small_lab: Lab) -> Path:
    for name in ("programs/kubelet-1/kubelet", "images/pause.tar", "snapshots/ready/disk.tar"):
        file = paths.cache() / name
        file.parent.mkdir(parents=True)
        file.write_bytes(b"0" * (1 << 20))
    return paths.cache()


def test_what_was_built_goes_and_is_named_and_snapshots_stay(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(NOTHING)

    assert [each.name for each in cache.iterdir()] == ["snapshots"]
    assert (cache / "snapshots/ready/disk.tar").exists()
    said = capsys.readouterr().out
    assert f"{cache}/programs" in said
    assert "1 MiB" in said


def test_again_there_is_nothing_to_do(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(NOTHING)
    capsys.readouterr()

    run(NOTHING)

    assert capsys.readouterr().out == "the cache is empty\n"


def test_nothing_goes_while_a_lab_uses_it(cache: Path, small_lab: Lab) -> None:
    small_lab.paths.state.mkdir(parents=True)
    records.save(small_lab)

    with pytest.raises(LabError, match="labs use the cache: small: first: lab down --name small"):
        run(NOTHING)

    assert (cache / "images/pause.tar").exists()
