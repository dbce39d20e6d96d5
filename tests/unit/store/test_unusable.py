"""A database that cannot be opened is named, with the reason and what to do; passwords are not told."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url

from sturnus.core.errors import Invalid
from sturnus.store.database import Database
from sturnus.store.unusable import cannot_be_opened


def test_a_file_whose_directory_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "none/sturnus.db"

    said = cannot_be_opened(make_url(f"sqlite+aiosqlite:///{file}"), OSError("unable to open database file"))

    assert said.message == f"The database sqlite {file} cannot be opened: no such directory."
    assert said.remedy == "correct database_url, or make the directory, owned by the user who runs this"


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    said = cannot_be_opened(make_url(f"sqlite+aiosqlite:///{tmp_path}/notes.txt"), OSError("file is not a database"))

    assert said.message == f"The database sqlite {tmp_path}/notes.txt cannot be opened: file is not a database."


def test_a_server_that_refuses_the_user() -> None:
    url = make_url("postgresql+asyncpg://sturnus:a-secret@db.example/sturnus")

    said = cannot_be_opened(url, Exception('password authentication failed for user "sturnus"'))

    assert said.message == (
        "The database sturnus of db.example, as user sturnus, cannot be opened: "
        'password authentication failed for user "sturnus".'
    )
    assert said.remedy == "start the server, have it let this user in, or correct database_url"


@pytest.mark.parametrize(
    "url", ["sturnus.db", "postgresql+psycopg://sturnus:a-secret@db.example/sturnus", "oracle9://x"]
)
def test_an_address_of_no_database_that_we_have_a_driver_for(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        Database(url)

    assert refused.value.message == "database_url is no address of a database."
