"""Environments that are kept: found again by what they were made from, whole, and not for ever."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from lab.platform import environments


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STURNUS_LAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def packages(directory: Path, product: bytes = b"one", **others: bytes) -> Path:
    directory.mkdir()
    (directory / "requirements.lock").write_text("locked")
    (directory / "sturnus-1-py3-none-any.whl").write_bytes(product)
    for name, content in others.items():
        (directory / f"{name}.whl").write_bytes(content)
    return directory


def test_the_same_packages_make_the_same_environment_whatever_lies_beside_them(tmp_path: Path) -> None:
    one, beside, other = (
        packages(tmp_path / "one"),
        packages(tmp_path / "beside", keystone=b"of a controller"),
        packages(tmp_path / "other", product=b"two"),
    )

    assert environments.kept(one) == environments.kept(beside)
    assert environments.kept(one) != environments.kept(other)


def test_what_is_kept_is_the_environment_without_what_it_was_installed_from(tmp_path: Path, cache: Path) -> None:
    home = tmp_path / "home"
    for name in ("bin", "packages"):
        (home / name).mkdir(parents=True)
    (home / "bin" / "python").symlink_to("/usr/bin/python3")
    (home / "installed").touch()
    target = environments.kept(packages(tmp_path / "from"))

    environments.keep(home, target)

    with tarfile.open(target) as tar:
        assert sorted(tar.getnames()) == ["bin", "bin/python"]
        assert tar.getmember("bin/python").issym()
    assert [file.name for file in target.parent.iterdir()] == [target.name]


def test_the_oldest_go(tmp_path: Path, cache: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    made = [environments.kept(packages(tmp_path / str(number), product=bytes([number]))) for number in range(5)]

    for age, target in zip(range(5, 0, -1), made, strict=True):
        environments.keep(home, target)
        os.utime(target, (1e9 - age, 1e9 - age))

    environments.keep(home, made[-1])

    assert {file.name for file in made[0].parent.iterdir()} == {file.name for file in made[-environments.KEPT :]}
