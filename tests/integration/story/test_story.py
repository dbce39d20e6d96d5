"""What a newcomer types, on a lab of its own: the whole story, then OpenStack away again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from demo.chapters import CHAPTERS, Told
from tests.integration.conftest import LabCommand

CHECKOUT: Final = Path(__file__).parents[3]
LONGEST: Final = 3600
"""Seconds: with all images built from nothing, on a busy machine."""


@pytest.fixture(scope="module")
def lab_of_story(request: pytest.FixtureRequest, lab_command: LabCommand) -> Iterator[str]:
    """A name; the story brings the lab up."""
    if os.geteuid() != 0:
        pytest.fail("integration tests need root: sudo make integration")
    name = f"{request.config.getoption('--lab')}-story"
    yield name
    lab_command("down", "--name", name)


def tell(lab: str, *arguments: str) -> str:
    """Tell the story, or some chapters, to the end; give what was said."""
    command = [sys.executable, "-m", "demo", *arguments, "--lab", lab]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 0, f"{done.stdout[-6000:]}{done.stderr[-3000:]}"
    return done.stdout


def test_the_whole_story_is_told_from_bare_hosts_to_a_server_that_outlives_its_host(
    lab_of_story: str, tmp_path: Path
) -> None:
    times = tmp_path / "times.json"

    said = tell(lab_of_story, "--times", str(times))

    assert list(json.loads(times.read_text())["chapters_s"]) == [
        chapter.name for chapter in CHAPTERS if chapter.told is Told.ALWAYS
    ]
    assert "s after the power went" in said
    print(said[said.index("Times:") :])


def test_openstack_is_removed_and_the_platform_stays(lab_of_story: str) -> None:
    said = tell(lab_of_story, "remove")

    assert "compute_plugin_disabled=True" in said
    assert "compute-2" in said
