import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from sturnus.store import migrate
from sturnus.store.database import Database
from sturnus.store.models import Base

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
