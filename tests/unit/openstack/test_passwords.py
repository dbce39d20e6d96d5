from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.core.errors import Conflict, NotFound
from sturnus.kubernetes.connection import Connection
from sturnus.openstack.passwords import KEYS, missing, random_password
from sturnus.openstack.passwords_in_cluster import ensure_passwords


class ScriptedSecret:
    """As much of a cluster as holds one Secret: applied without force, key by key."""

    def __init__(self, data: Mapping[str, str] | None = None) -> None:
        self.data = None if data is None else dict(data)
        self.owners: dict[str, str] = {}
        self.writes = 0
        self.before_write: Any = lambda: None

    async def get(self, _: str) -> dict[str, Any]:
        if self.data is None:
            raise NotFound("no such Secret", expected="", remedy="")
        return {"data": self.data}

    async def patch(self, _: str, body: Mapping[str, Any], how: Mapping[str, str], *, media_type: str) -> None:
        assert media_type == "application/apply-patch+yaml"
        assert "force" not in how
        self.before_write()
        there = self.data or {}
        for key, value in body["data"].items():
            if there.get(key, value) != value:
                raise Conflict(f".data.{key} belongs to another", expected="", remedy="")
        self.writes += 1
        self.data = there | body["data"]


def made_in(cluster: ScriptedSecret, new: Any) -> None:
    asyncio.run(ensure_passwords(cast("Connection", cluster), new, lambda: "0123456789"))


def counted() -> Any:
    numbers = iter(range(10_000))
    return lambda: f"password-{next(numbers)}"


@given(st.sets(st.sampled_from(KEYS)))
def test_only_what_is_missing_is_made(present: set[str]) -> None:
    made = missing(present, random_password)

    assert made.keys() == set(KEYS) - present
    assert len(set(made.values())) == len(made)


def test_a_password_stands_in_urls_and_shells_as_it_is() -> None:
    assert random_password().isascii()
    assert random_password().isalnum()
    assert len(random_password()) == 32


def test_the_secret_is_made_once_with_every_key() -> None:
    cluster = ScriptedSecret()

    made_in(cluster, counted())
    first = dict(cluster.data or {})
    made_in(cluster, counted())

    assert first.keys() == set(KEYS)
    assert cluster.data == first
    assert cluster.writes == 1
    assert b64decode(first["mariadb-root"]).startswith(b"password-")


def test_a_missing_key_is_added_and_the_others_stay() -> None:
    cluster = ScriptedSecret({"mariadb-root": "b3duZXI=", "of-somebody-else": "eA=="})

    made_in(cluster, counted())

    assert cluster.data is not None
    assert cluster.data["mariadb-root"] == "b3duZXI="
    assert cluster.data.keys() == {*KEYS, "of-somebody-else"}


def test_of_two_processes_at_the_same_moment_the_first_one_counts() -> None:
    cluster = ScriptedSecret()

    def other_one_was_faster() -> None:
        cluster.data = cluster.data or dict.fromkeys(KEYS, "Zmlyc3Q=")

    cluster.before_write = other_one_was_faster
    made_in(cluster, counted())

    assert cluster.data == dict.fromkeys(KEYS, "Zmlyc3Q=")
    assert cluster.writes == 0


def test_no_password_is_in_a_log(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    made_in(ScriptedSecret(), counted())

    said = caplog.text + "".join(capsys.readouterr())
    assert "openstack-passwords" in said
    assert "password-1" not in said
