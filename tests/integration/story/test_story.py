"""What a newcomer types, on a lab of its own: the whole story, then OpenStack away again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.chapters import CHAPTERS, Told
from tests.integration.conftest import LabCommand
from tests.integration.telling import tell


@pytest.fixture(scope="module")
def lab_of_story(request: pytest.FixtureRequest, lab_command: LabCommand) -> Iterator[str]:
    """A name; the story brings the lab up."""
    if os.geteuid() != 0:
        pytest.fail("integration tests need root: sudo make integration")
    name = f"{request.config.getoption('--lab')}-story"
    yield name
    lab_command("down", "--name", name)


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
