"""What is built is recorded, and what is not published is pushed: nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apps.openstack.images import record
from apps.openstack.images.__main__ import main
from apps.openstack.images.build import archive, build, missing
from apps.openstack.images.digests import reference
from apps.openstack.images.publish import to_push
from apps.openstack.images.recipes import RECIPES, recipe
from lab.ground.errors import LabError
from lab.ground.progress import PlainProgress


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STURNUS_LAB_CACHE", str(tmp_path))
    (tmp_path / "openstack").mkdir()
    return tmp_path / "openstack"


def built(*names: str) -> None:
    for name in names:
        archive(recipe(name)).touch()


def test_the_record_has_what_is_built_but_not_the_base(cache: Path) -> None:
    built("base", "mariadb", "ovn")

    assert record.write() == {"mariadb": reference(recipe("mariadb")), "ovn": reference(recipe("ovn"))}
    assert json.loads((cache / "images.json").read_text()) == record.current()


def test_an_unchanged_record_is_not_written_again(cache: Path) -> None:
    built("mariadb")
    record.write()
    before = (cache / "images.json").stat()

    record.write()

    assert (cache / "images.json").stat().st_ino == before.st_ino


def test_an_image_that_is_not_built_anew_yet_keeps_its_older_reference(cache: Path) -> None:
    older = "registry.local:9001/openstack/ovn:000000000000"
    (cache / "images.json").write_text(json.dumps({"ovn": older, "of-an-older-table": "x"}))
    built("mariadb")

    assert record.write() == {"mariadb": reference(recipe("mariadb")), "ovn": older}


def test_a_record_with_gaps_is_refused_by_name() -> None:
    built(*(each.name for each in RECIPES if each.name not in {"ovn", "guest"}))

    with pytest.raises(LabError, match="images are not built: ovn, guest: make openstack-images"):
        record.complete()


def test_what_is_missing_comes_after_what_it_lies_on() -> None:
    assert [each.name for each in missing(["nova-compute", "mariadb"])] == [
        "base", "openstack", "nova-compute", "mariadb",
    ]  # fmt: skip


def test_a_base_is_not_missed_by_what_is_built() -> None:
    built("mariadb")

    assert missing(["mariadb"]) == []


def test_when_nothing_is_missing_nothing_is_built() -> None:
    built(*(each.name for each in RECIPES))

    assert build(PlainProgress()) == []


def test_only_what_the_registry_lacks_is_pushed() -> None:
    assert to_push(["openstack/a:1", "openstack/b:2"], ["openstack/b:1", "openstack/a:1"]) == ["openstack/b:2"]


def test_the_list_says_what_is_built(capsys: pytest.CaptureFixture[str]) -> None:
    built("memcached")

    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(RECIPES)
    assert [line.split()[0] for line in lines if "not built" not in line] == [reference(recipe("memcached"))]


def test_a_lab_that_is_not_there_is_said_in_a_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STURNUS_LAB_STATE", str(tmp_path / "labs"))

    assert main(["publish", "--lab", "nowhere"]) == 1
    assert capsys.readouterr().err == "there is no lab nowhere: lab up --name nowhere\n"
