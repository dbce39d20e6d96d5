"""Why a database cannot be opened, in an operator's words. No password is told."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from sturnus.core.errors import Invalid, Unavailable

EXPECTED = "a database that the user who runs this may change"


def cannot_be_opened(url: URL, error: Exception) -> Unavailable:
    """Say it of a database that `error` came from, when it was connected to."""
    if url.get_backend_name() == "sqlite":
        return _of_file(Path(url.database or ""), _words(error))
    server = url.host or url.query.get("host") or "this host"
    return Unavailable(
        f"The database {url.database} of {server}, as user {url.username}, cannot be opened: {_words(error)}.",
        expected=EXPECTED,
        remedy="start the server, have it let this user in, or correct database_url",
    )


def no_address() -> Invalid:
    """Say that we have no driver for what `database_url` names. It may hold a password, and is not repeated."""
    forms = "sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER@HOST/NAME"
    return Invalid("database_url is no address of a database.", expected=forms, remedy=f"correct it: {forms}")


def _of_file(file: Path, words: str) -> Unavailable:
    directory = file.parent
    remedy = "correct database_url, or give the file to the user who runs this"
    if not directory.is_dir():
        words = "no such directory"
        remedy = "correct database_url, or make the directory, owned by the user who runs this"
    elif not os.access(directory, os.W_OK):
        words = f"this user may not write to {directory}"
        remedy = "run it as the user who runs the platform's processes, or correct database_url"
    return Unavailable(f"The database sqlite {file} cannot be opened: {words}.", expected=EXPECTED, remedy=remedy)


def _words(error: Exception) -> str:
    """What the driver said, in one line."""
    said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    return " ".join(said.split()) or type(error).__name__
