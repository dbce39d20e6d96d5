"""Makes the platform's Keystone what it should be, from whatever is there: nothing, half of it, or all.

Every part looks, decides and does, and looks again until nothing is left to do. Nothing is remembered between runs, so
it may be killed at any moment, and run again at any time, beside a Keystone that serves too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx2

from sturnus.core.errors import Unavailable
from sturnus.identity.credentials import Credentials
from sturnus.identity.keystone import database, entity_changes, ground, ground_hand, locks, private
from sturnus.identity.keystone.administration import Administration, accepted_token_for, token_for
from sturnus.identity.keystone.entities import EntityChange
from sturnus.identity.keystone.ground import GroundChange
from sturnus.identity.keystone.installation import Installation
from sturnus.identity.keystone.processes import Command, run
from sturnus.identity.keystone.settings import KeystoneSettings
from sturnus.identity.keystone.wanted import ADMIN, USERS, catalog

ROUNDS: Final = 5
"""Looks at the entities. Three are enough from nothing: things, then what refers to them, then nothing to do."""


@dataclass(frozen=True, slots=True)
class Install:
    """Keystone's packages are not installed, or not those of this release."""

    home: Path

    def __str__(self) -> str:
        return f"install Keystone into {self.home}"


@dataclass(frozen=True, slots=True)
class BootstrapAdministrator:
    """Nobody can log in as the administrator with the password in its file."""

    def __str__(self) -> str:
        return "make the administrator (keystone-manage bootstrap)"


Change = Install | GroundChange | database.MigrateDatabase | BootstrapAdministrator | EntityChange
"""All that a bootstrap may do. None holds a secret."""

Report = Callable[[Change], None]
"""Told before each change is carried out."""


async def bootstrap(
    settings: KeystoneSettings, installation: Installation, report: Report, *, given_password: str | None = None
) -> None:
    """Do what is missing. `given_password` replaces the administrator's."""
    if not installation.complete:
        report(Install(installation.home))
        await installation.install()
    lock = await asyncio.to_thread(_lock_file, settings)
    with locks.alone(lock, doing="another bootstrap is running", remedy="wait for it to end"):
        await asyncio.to_thread(_ground, settings, report, given_password)
        await _database(settings, installation, report)
        async with private.keystone(settings, installation) as client:
            await _entities(settings, installation, report, client)


def _lock_file(settings: KeystoneSettings) -> Path:
    # In the state directory: Keystone's own user may write nowhere else.
    settings.state.mkdir(mode=ground.DIRECTORY_MODE, parents=True, exist_ok=True)
    return settings.state / "bootstrap.lock"


def _ground(settings: KeystoneSettings, report: Report, given_password: str | None) -> None:
    users = [user.name for user in USERS]
    for change in ground.decide(settings, users, ground.look(settings), given_password):
        report(change)
        ground_hand.carry_out(change, settings, given_password)


async def _database(settings: KeystoneSettings, installation: Installation, report: Report) -> None:
    found = await asyncio.to_thread(database.found_version, settings.database)
    wanted = await asyncio.to_thread(database.wanted_version, installation)
    if change := database.decide(found, wanted):
        report(change)
        await database.migrate(settings, installation)


async def _entities(
    settings: KeystoneSettings, installation: Installation, report: Report, client: httpx2.AsyncClient
) -> None:
    passwords = await asyncio.to_thread(_passwords, settings)
    administrator = Credentials(ADMIN, ADMIN, passwords[ADMIN])
    token = await token_for(client, administrator)
    if token is None:
        report(BootstrapAdministrator())
        await _bootstrap_administrator(settings, installation, administrator)
        token = await accepted_token_for(client, administrator)
    if token is None:
        raise Unavailable(
            "Keystone refuses the administrator right after keystone-manage bootstrap",
            expected="a token",
            remedy=f"see {settings.transient / 'bootstrap.log'}",
        )
    await _converge(settings, report, Administration(client, token, passwords))


async def _converge(settings: KeystoneSettings, report: Report, administration: Administration) -> None:
    changes: tuple[EntityChange, ...] = ()
    for _ in range(ROUNDS):
        found = await administration.look()
        changes = entity_changes.decide(found, catalog(settings))
        if not changes:
            return
        for change in changes:
            report(change)
            await administration.carry_out(change, found)
    raise Unavailable(
        f"after {ROUNDS} rounds Keystone still differs: {'; '.join(map(str, changes))}",
        expected="nothing left to do",
        remedy="see who else changes Keystone, then bootstrap again",
    )


async def _bootstrap_administrator(
    settings: KeystoneSettings, installation: Installation, administrator: Credentials
) -> None:
    arguments: tuple[str, ...] = (
        *(str(installation.keystone_manage), "--config-file", str(settings.configuration)),
        *("bootstrap", "--bootstrap-region-id", settings.region),
    )
    environment: dict[str, str] = {"OS_BOOTSTRAP_PASSWORD": administrator.password}
    await run(Command(arguments, environment, timedelta(minutes=2)))


def _passwords(settings: KeystoneSettings) -> dict[str, str]:
    return {user.name: settings.password_file(user.name).read_text() for user in USERS}
