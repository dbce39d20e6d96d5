import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from sturnus.core.errors import Unavailable
from sturnus.store import migrate
from sturnus.store.database import Database
from sturnus.store.models import Base
from tests.integration.databases import Postgres

pytestmark = pytest.mark.anyio


async def test_the_migrations_make_the_tables_of_the_models(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    await migrate.upgrade(database)

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()


async def test_an_empty_database_has_an_upgrade_pending_and_a_migrated_one_has_not(empty_database_url: str) -> None:
    database = Database(empty_database_url)

    assert await migrate.pending(database)
    await migrate.upgrade(database)
    assert not await migrate.pending(database)
    await database.close()


async def test_two_upgrades_at_once_do_not_disturb_each_other(empty_database_url: str) -> None:
    first, second = Database(empty_database_url), Database(empty_database_url)

    await asyncio.gather(migrate.upgrade(first), migrate.upgrade(second))

    assert not await migrate.pending(first)
    await asyncio.gather(first.close(), second.close())


async def test_a_database_that_cannot_be_opened_is_explained(postgres: Postgres, tmp_path: Path) -> None:
    """Used to end in a traceback of up to 146 lines."""
    refused = postgres.new_database().replace("sturnus@", "somebody@")
    missing = f"sqlite+aiosqlite:///{tmp_path}/none/sturnus.db"

    for url, why in ((missing, "no such directory"), (refused, 'role "somebody" does not exist')):
        database = Database(url)
        with pytest.raises(Unavailable, match=why):
            await migrate.upgrade(database)
        with pytest.raises(Unavailable, match=why):
            await migrate.pending(database)
        await database.close()
