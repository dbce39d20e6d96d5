"""The table of images, and the digests that name them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from apps.openstack.images.build import containerfile
from apps.openstack.images.digests import BUILDER, digest, inputs, reference
from apps.openstack.images.recipes import RECIPES, SERVICE_USERS, SOURCE, Recipe, ancestry, recipe
from lab.ground.errors import LabError

MARIADB = recipe("mariadb")


def reading(changed: str) -> str:
    """The digest of MariaDB's image if one file of this room had one byte more."""
    return digest(MARIADB, lambda file: file.read_bytes() + (b"\n" if file == SOURCE / changed else b""))


@pytest.mark.parametrize("each", RECIPES, ids=lambda each: each.name)
def test_every_file_that_a_recipe_names_is_there(each: Recipe) -> None:
    assert [name for name in inputs(each) if not (SOURCE / name).is_file()] == []


def test_every_script_and_file_of_the_room_is_an_input_of_some_image() -> None:
    there = {file.relative_to(SOURCE).as_posix() for name in ("scripts", "files") for file in (SOURCE / name).iterdir()}

    assert there <= {name for each in RECIPES for name in inputs(each)}


def test_an_image_lies_on_ones_that_come_before_it_in_the_table() -> None:
    order = [each.name for each in RECIPES]

    assert all(order.index(each.parent) < order.index(each.name) for each in RECIPES if each.parent)
    assert [each.name for each in ancestry(recipe("nova-compute"))] == ["base", "openstack", "nova-compute"]


@pytest.mark.parametrize(
    "changed",
    [
        replace(MARIADB, packages=("mariadb-server", "jq")),
        replace(MARIADB, users={"mysql": 42431}),
        replace(MARIADB, configuration=()),
        replace(MARIADB, inside=None),
        replace(MARIADB, parent=None),
        replace(MARIADB, files=("pins.txt",)),
        replace(MARIADB, name="galera"),
    ],
    ids=["packages", "users", "configuration", "inside", "parent", "files", "name"],
)
def test_a_digest_changes_with_each_part_of_its_recipe(changed: Recipe) -> None:
    assert digest(changed) != digest(MARIADB)


@pytest.mark.parametrize("file", ["scripts/mariadb.sh", *BUILDER, "scripts/base.sh"])
def test_a_digest_changes_with_its_scripts_the_builder_and_what_it_lies_on(file: str) -> None:
    assert reading(file) != digest(MARIADB)


@pytest.mark.parametrize("file", ["scripts/ovn.sh", "pins.txt", "entrypoint/main.go"])
def test_a_digest_does_not_change_with_files_of_other_images(file: str) -> None:
    assert reading(file) == digest(MARIADB)


def test_a_sentence_about_an_image_builds_nothing() -> None:
    assert digest(replace(MARIADB, what="another sentence")) == digest(MARIADB)


def test_a_reference_names_the_platforms_registry_and_the_content() -> None:
    assert re.fullmatch(r"registry\.local:9001/openstack/mariadb:[0-9a-f]{12}", reference(MARIADB))


def test_users_have_numbers_of_their_own() -> None:
    users = {name: number for each in RECIPES for name, number in each.users.items()}

    assert users == SERVICE_USERS | {"mysql": 42430, "rabbitmq": 42431, "memcache": 42432}
    assert len(set(users.values())) == len(users)


def test_every_pin_is_exact() -> None:
    pins = [line for line in (SOURCE / "pins.txt").read_text().splitlines() if not line.startswith("#")]

    assert len(pins) > 200
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", pin)] == []


def test_an_unknown_image_is_answered_by_those_that_there_are() -> None:
    with pytest.raises(LabError, match="no image is called galera: one of base, entrypoint, mariadb,"):
        recipe("galera")


def test_a_layer_lies_on_its_parents_archive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STURNUS_LAB_CACHE", str(tmp_path))
    base = digest(recipe("base"))

    assert containerfile(MARIADB) == (
        f"FROM oci-archive:{tmp_path}/openstack/base-{base}.tar AS made\n"
        "USER 0:0\n"
        "RUN bash -eu /mnt/layer.sh\n"
        "USER 42430:42430\n"
    )
