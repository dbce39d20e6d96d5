"""Tokens that are kept between calls of a command, and when they go."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from sturnus.cli import keystone
from sturnus.cli.keystone import Access, Credentials

ME = Credentials(
    "http://k/v3", "admin", "secret", "admin", "Default", "Default", "RegionOne", "internalURL", "platform"
)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "sturnus").mkdir()
    return tmp_path / "sturnus"


def kept_from(system: str, expires: float, cache: Path) -> Path:
    file = cache / f"token-{system}.json"
    file.write_text(json.dumps({"token": "t", "url": "u", "expires": expires}))
    return file


def test_a_new_token_takes_away_those_that_have_ended_and_no_other(cache: Path) -> None:
    ended, lasts = kept_from("gone", time.time() - 1, cache), kept_from("other", time.time() + 3600, cache)
    broken = cache / "token-broken.json"
    broken.write_text("{")

    keystone.keep(ME, Access("new", "http://inventory", time.time() + 3600))

    assert (ended.exists(), broken.exists(), lasts.exists()) == (False, False, True)
    found = keystone.kept(ME)
    assert found is not None
    assert found.token == "new"


def test_a_token_that_nearly_ends_is_not_used(cache: Path) -> None:
    keystone.keep(ME, Access("old", "http://inventory", time.time() + keystone.SPARE - 5))

    assert keystone.kept(ME) is None
