from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sturnus.applications.overrides.overriding import Overriding
from sturnus.store.database import Database
from tests.integration.applications import charts
from tests.integration.applications.charts import Listener, ScriptedCharts, Serving, Ticking
from tests.integration.databases import anyio_backend, database, database_url, postgres

__all__ = ["anyio_backend", "database", "database_url", "postgres"]


@pytest.fixture
async def serving(database: Database, tmp_path: Path) -> AsyncIterator[Serving]:
    await charts.an_inventory(database)
    clock, listener = Ticking(), Listener()
    made = Serving(Overriding(database, clock, ScriptedCharts(), listener), listener, clock, database)
    server, task, made.port = await charts.listen(charts.an_app(made, tmp_path))
    yield made
    server.should_exit = True
    await task
