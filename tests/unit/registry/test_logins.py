"""Logins of registries, as `skopeo login` keeps them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from sturnus.core.errors import Unavailable
from sturnus.registry.logins import logins_in
from sturnus.registry.settings import Login

pytestmark = pytest.mark.anyio

AUTH = base64.b64encode(b"robot:a:colon").decode()


async def test_a_login_is_read_by_its_registry(tmp_path: Path) -> None:
    file = tmp_path / "auth.json"
    file.write_text(json.dumps({"auths": {"registry.example:5000": {"auth": AUTH}}}))

    assert await logins_in(file) == {"registry.example:5000": Login("robot", "a:colon")}


async def test_without_a_file_there_are_none() -> None:
    assert await logins_in(None) == {}


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", '"auths"', '{"auths": 1}', '{"auths": {"r": 1}}', '{"auths": {"r": {}}}',
        '{"auths": {"r": {"auth": 1}}}', '{"auths": {"r": {"auth": "%%%"}}}', '{"auths": {"r": {"auth": "cm9ib3Q="}}}',
    ],
)  # fmt: skip
async def test_a_file_of_another_form_names_itself_and_nothing_that_it_holds(tmp_path: Path, text: str) -> None:
    file = tmp_path / "auth.json"
    file.write_text(text)

    with pytest.raises(Unavailable) as raised:
        await logins_in(file)

    assert str(file) in raised.value.message
    assert AUTH not in str(raised.value)


async def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"none\.json"):
        await logins_in(tmp_path / "none.json")
