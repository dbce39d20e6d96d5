"""Carries out what `ground` decided. Every file appears whole or not at all."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path
from typing import assert_never

from sturnus.identity.keystone import configuration
from sturnus.identity.keystone.ground import (
    DIRECTORY_MODE,
    FILE_MODE,
    Content,
    CorrectMode,
    GroundChange,
    MakeDirectory,
    WriteFile,
)
from sturnus.identity.keystone.settings import KeystoneSettings


def carry_out(change: GroundChange, settings: KeystoneSettings, given_password: str | None) -> None:
    """Do one change. Doing it twice does no harm, but for a secret, which would be another one."""
    match change:
        case MakeDirectory(path):
            path.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        case CorrectMode(path, _, wanted):
            path.chmod(wanted)
        case WriteFile(path, content, _):
            write_whole(path, _text(content, settings, given_password))
        case _:
            assert_never(change)


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step that a power cut cannot halve: private, synced, then renamed."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _text(content: Content, settings: KeystoneSettings, given_password: str | None) -> str:
    match content:
        case Content.CONFIGURATION:
            return configuration.render(settings)
        case Content.KEY:
            return base64.urlsafe_b64encode(os.urandom(32)).decode()
        case Content.PASSWORD:
            return secrets.token_urlsafe(24)
        case Content.GIVEN_PASSWORD:
            if given_password is None:
                raise AssertionError("decided with a password that is not there now")
            return given_password
        case _:
            assert_never(content)
