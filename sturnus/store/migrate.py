"""Brings a database to the tables of this version. Running it again does nothing."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from sturnus.store import application_models  # noqa: F401 -- its tables belong to `Base.metadata`
from sturnus.store.database import Database

_UPGRADE_LOCK = 0x5374_7573  # one upgrade at a time: the others wait, then find nothing to do


async def upgrade(database: Database) -> None:
    """Apply what is missing, in one transaction: a process that dies leaves the old tables.

    Unavailable if the database cannot be opened.
    """
    await database.opened()
    writing = database.engine.execution_options(sturnus_writes=True)
    async with writing.begin() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        await connection.run_sync(_upgrade)


async def pending(database: Database) -> bool:
    """Whether this version expects other tables than the database has. Unavailable if it cannot be opened."""
    await database.opened()
    async with database.engine.connect() as connection:
        current = await connection.run_sync(lambda plain: MigrationContext.configure(plain).get_current_revision())
    return current != ScriptDirectory.from_config(_config()).get_current_head()


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
