"""Keystone's database: which version it has, and a way to the newest that a kill cannot leave half-way.

Alembic changes SQLite's tables one by one, outside of a transaction. A first `db_sync` that is killed leaves tables
that the next one trips over ("table already exists"). So the work is done on a copy, which then replaces the old one.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sturnus.identity.keystone import locks
from sturnus.identity.keystone.ground import FILE_MODE
from sturnus.identity.keystone.installation import Installation
from sturnus.identity.keystone.processes import Command, run
from sturnus.identity.keystone.settings import KeystoneSettings

Version = frozenset[str]
"""Names of the newest migrations, one per branch (Keystone has two). Empty: no database."""


@dataclass(frozen=True, slots=True)
class MigrateDatabase:
    """The database is missing, or older than the program."""

    found: Version
    wanted: Version

    def __str__(self) -> str:
        found = f"it is at {', '.join(sorted(self.found))}" if self.found else "there is none"
        return f"bring the database to {', '.join(sorted(self.wanted))}: {found}"


def decide(found: Version, wanted: Version) -> MigrateDatabase | None:
    """Compare the two. No I/O."""
    return None if found == wanted else MigrateDatabase(found, wanted)


def found_version(database: Path) -> Version:
    """Read what the last migration wrote."""
    if not database.exists():
        return frozenset()
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
        try:
            return frozenset(row[0] for row in connection.execute("SELECT version_num FROM alembic_version"))
        except sqlite3.OperationalError:
            return frozenset()


def wanted_version(installation: Installation) -> Version:
    """Read what the installed Keystone says is newest: `EXPAND_HEAD` and `CONTRACT_HEAD` beside its migrations."""
    return frozenset(file.read_text().strip() for file in installation.migrations.glob("*_HEAD"))


async def migrate(settings: KeystoneSettings, installation: Installation) -> None:
    """Migrate a copy and put it in place. Raises Conflict while Keystone serves from the old one."""
    copy = settings.database.with_suffix(".db.new")
    with locks.alone(
        serving_lock(settings),
        doing="Keystone's database has to be migrated",
        remedy="stop Keystone, then bootstrap again",
    ):
        await asyncio.to_thread(_copy, settings.database, copy)
        arguments = (str(installation.keystone_manage), "--config-file", str(settings.configuration), "db_sync")
        # Options from the environment come before the file's (oslo.config, "Environment driver").
        environment = {"OS_DATABASE__CONNECTION": f"sqlite:///{copy}"}
        await run(Command(arguments, environment, timedelta(minutes=5)))
        copy.replace(settings.database)


def serving_lock(settings: KeystoneSettings) -> Path:
    """Shared by every Keystone that serves from this state directory."""
    return settings.transient / "serving.lock"


def _copy(database: Path, copy: Path) -> None:
    for leftover in (copy, copy.with_name(copy.name + "-journal")):
        leftover.unlink(missing_ok=True)
    copy.touch(FILE_MODE)
    if not database.exists():
        return
    # Opened for writing: what a killed Keystone left in its journal is rolled back first, and never meets the new file.
    with (
        contextlib.closing(sqlite3.connect(database, timeout=10)) as old,
        contextlib.closing(sqlite3.connect(copy, timeout=10)) as new,
    ):
        old.backup(new)
