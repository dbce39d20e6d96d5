"""What Keystone stands on before it can start: directories, configuration, keys, passwords. Looks and decides.

Wanted and found are compared as they are now; nothing remembers how far an earlier run came.
"""

from __future__ import annotations

import base64
import binascii
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from sturnus.identity.keystone import configuration
from sturnus.identity.keystone.settings import KeystoneSettings

DIRECTORY_MODE: Final = 0o700
FILE_MODE: Final = 0o600


class Content(StrEnum):
    """What a file of the ground holds, and so who makes it up."""

    CONFIGURATION = "the configuration"
    KEY = "a key"
    PASSWORD = "a password"  # noqa: S105 -- the word for it
    GIVEN_PASSWORD = "the given password"  # noqa: S105 -- likewise


@dataclass(frozen=True, slots=True)
class Found:
    """A directory or file that is there."""

    mode: int
    text: str = field(default="", repr=False)  # empty for directories


@dataclass(frozen=True, slots=True)
class MakeDirectory:
    """A directory is missing."""

    path: Path

    def __str__(self) -> str:
        return f"make directory {self.path}"


@dataclass(frozen=True, slots=True)
class CorrectMode:
    """Somebody else may read it, or we may not."""

    path: Path
    found: int
    wanted: int

    def __str__(self) -> str:
        return f"set mode of {self.path} to {self.wanted:04o}: it is {self.found:04o}"


@dataclass(frozen=True, slots=True)
class WriteFile:
    """A file is missing, or is not what it should be."""

    path: Path
    content: Content
    reason: str

    def __str__(self) -> str:
        return f"write {self.content} to {self.path}: {self.reason}"


GroundChange = MakeDirectory | CorrectMode | WriteFile


@dataclass(frozen=True, slots=True)
class GroundFacts:
    """What is there. A path that is not a key of `found` is missing."""

    found: Mapping[Path, Found]


def decide(
    settings: KeystoneSettings, users: Iterable[str], facts: GroundFacts, given_password: str | None
) -> tuple[GroundChange, ...]:
    """Everything that is not as wanted, in an order that can be carried out. No I/O.

    `given_password` is the administrator's, when an operator chose one; else any password that is there will do.
    """
    changes: list[GroundChange] = [*_directories(settings, facts), *_configuration(settings, facts)]
    for repository in (settings.fernet_keys, settings.credential_keys):
        changes += _keys(repository, facts)
    for user in users:
        changes += _password(settings.password_file(user), facts, given_password if user == "admin" else None)
    return tuple(changes)


def directories(settings: KeystoneSettings) -> tuple[Path, ...]:
    """All that Keystone has, parents first."""
    return (
        settings.state,
        settings.configuration_directory,
        settings.fernet_keys,
        settings.credential_keys,
        settings.passwords,
        settings.transient,
    )


def look(settings: KeystoneSettings) -> GroundFacts:
    """Read what is there."""
    found: dict[Path, Found] = {}
    for directory in directories(settings):
        if not directory.is_dir():
            continue
        found[directory] = Found(_mode(directory))
        if directory in {settings.state, settings.transient}:
            continue
        for path in directory.iterdir():
            if path.is_file():
                found[path] = Found(_mode(path), path.read_text(errors="replace"))
    return GroundFacts(found)


def is_key(text: str) -> bool:
    """Whether Keystone could use it: 32 bytes in URL-safe base64 (the Fernet specification)."""
    try:
        return len(base64.urlsafe_b64decode(text.strip())) == 32
    except (binascii.Error, ValueError):
        return False


def _directories(settings: KeystoneSettings, facts: GroundFacts) -> Iterator[GroundChange]:
    for path in directories(settings):
        found = facts.found.get(path)
        if found is None:
            yield MakeDirectory(path)
        elif found.mode != DIRECTORY_MODE:
            yield CorrectMode(path, found.mode, DIRECTORY_MODE)


def _configuration(settings: KeystoneSettings, facts: GroundFacts) -> Iterator[GroundChange]:
    path = settings.configuration
    found = facts.found.get(path)
    if found is None:
        yield WriteFile(path, Content.CONFIGURATION, "it is missing")
    elif found.text != configuration.render(settings):
        yield WriteFile(path, Content.CONFIGURATION, "it differs")
    else:
        yield from _private(path, found)


def _keys(repository: Path, facts: GroundFacts) -> Iterator[GroundChange]:
    """Key 0 is next, the highest number signs, the others still open old tokens (Keystone's key repository)."""
    keys = {path: found for path, found in facts.found.items() if path.parent == repository and path.name.isdigit()}
    for path, found in sorted(keys.items()):
        if is_key(found.text):
            yield from _private(path, found)
        else:
            yield WriteFile(path, Content.KEY, "what is there is no key")
    if repository / "0" not in keys:
        yield WriteFile(repository / "0", Content.KEY, "it is missing")
    if not keys.keys() - {repository / "0"}:
        yield WriteFile(repository / "1", Content.KEY, "it is missing")


def _password(path: Path, facts: GroundFacts, given: str | None) -> Iterator[GroundChange]:
    found = facts.found.get(path)
    if given is not None and (found is None or found.text != given):
        yield WriteFile(path, Content.GIVEN_PASSWORD, "it is missing" if found is None else "it differs")
    elif found is None:
        yield WriteFile(path, Content.PASSWORD, "it is missing")
    elif not found.text.strip():
        yield WriteFile(path, Content.PASSWORD, "it is empty")
    else:
        yield from _private(path, found)


def _private(path: Path, found: Found) -> Iterator[GroundChange]:
    if found.mode != FILE_MODE:
        yield CorrectMode(path, found.mode, FILE_MODE)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
