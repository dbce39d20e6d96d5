"""A small image, built as the large ones are: what stays of it, and what stays of one that failed or was killed."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest

from apps.openstack.images import build as building
from apps.openstack.images import digests, recipes
from apps.openstack.images.recipes import Recipe
from lab.ground.commands import run
from lab.ground.errors import LabError
from lab.ground.progress import PlainProgress
from lab.ground.waiting import until

TINY = Recipe(name="tiny", what="one file", on_machine="tiny.sh", configuration=('CMD ["/hello"]',))


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The script that makes the only image there is, in a room and a cache of the test's own."""
    monkeypatch.setenv("STURNUS_LAB_CACHE", str(tmp_path / "cache"))
    room = tmp_path / "room"
    shutil.copytree(recipes.SOURCE / "scripts", room / "scripts")
    modules: tuple[ModuleType, ...] = (recipes, digests, building)
    for module in modules:
        monkeypatch.setattr(module, "SOURCE", room)
    monkeypatch.setattr(recipes, "RECIPES", (TINY,))
    return room / "scripts" / "tiny.sh"


def build() -> None:
    building.build(PlainProgress(), ["tiny"])


def left(tmp_path: Path) -> list[str]:
    """What a build may not leave: its directory, and mounts below it."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    return [
        *(mount for mount in mounts if mount.startswith(str(tmp_path))),
        *(str(place) for place in (tmp_path / "cache" / "openstack").glob(".build-*")),
    ]


def test_an_image_is_an_archive_and_the_machines_devices_stay_as_they_are(script: Path, tmp_path: Path) -> None:
    before = stat.S_IMODE(Path("/dev/null").stat().st_mode)
    script.write_text('echo hello >"$1/hello"; chown 7:8 "$1/hello"; chmod 600 /dev/null\n')

    build()

    about = json.loads(run(["skopeo", "inspect", "--config", f"oci-archive:{building.archive(TINY)}"]))
    assert about["config"]["Cmd"] == ["/hello"]
    assert len(about["rootfs"]["diff_ids"]) == 1
    assert stat.S_IMODE(Path("/dev/null").stat().st_mode) == before
    assert left(tmp_path) == []


def test_a_build_that_fails_names_its_log_and_leaves_nothing(script: Path, tmp_path: Path) -> None:
    script.write_text("echo 'no room on the disk' >&2; exit 1\n")

    with pytest.raises(LabError, match=r"building image tiny failed: no room on the disk: see .*build-tiny\.log"):
        build()

    assert not building.archive(TINY).exists()
    assert left(tmp_path) == []


def test_a_build_that_is_killed_ends_with_all_its_programs_and_the_next_one_clears_up(
    script: Path, tmp_path: Path
) -> None:
    running = tmp_path / "running"
    script.write_text(f'echo hello >"$1/hello"; [ -e {running} ] || {{ touch {running}; exec sleep 987; }}\n')
    victim = multiprocessing.get_context("fork").Process(target=build)
    victim.start()
    _await(running.exists, "the build does not run")

    os.kill(victim.pid or 0, signal.SIGKILL)
    victim.join()
    _await(lambda: not _sleeps(), "its programs still run")
    build()

    assert building.archive(TINY).exists()
    assert left(tmp_path) == []


def _sleeps() -> bool:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended while we looked
            if (process / "cmdline").read_bytes() == b"sleep\x00987\x00":
                return True
    return False


def _await(fact: Callable[[], bool], otherwise: str) -> None:
    until(
        lambda: None if fact() else otherwise,
        what="build",
        deadline=timedelta(seconds=30),
        remedy="look at the machine",
    )
