import pytest

from sturnus.store.database import Database
from tests.integration.databases import anyio_backend, database, database_url, postgres
from tests.integration.faults.asking import Asking

__all__ = ["anyio_backend", "database", "database_url", "postgres"]


@pytest.fixture
async def asking(database: Database) -> Asking:
    return Asking(database)
