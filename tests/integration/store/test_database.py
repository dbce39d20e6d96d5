import asyncio
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from sturnus.core.errors import Unavailable
from sturnus.store import events
from sturnus.store.database import Database

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def test_events_are_numbered_in_the_order_of_the_commits(database: Database) -> None:
    async def happen(number: int) -> None:
        async with database.write() as session:
            await events.append(session, "happened", str(number), {}, NOW)

    await asyncio.gather(*(happen(number) for number in range(20)))

    async with database.read() as session:
        seen = await events.after(session, 0, 100)
        assert [event.id for event in seen] == list(range(1, 21))
        assert await events.newest(session) == 20


async def test_old_events_are_dropped(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "KEPT", 3)
    for number in range(5):
        async with database.write() as session:
            await events.append(session, "happened", str(number), {}, NOW)

    async with database.read() as session:
        assert [event.subject for event in await events.after(session, 0, 100)] == ["2", "3", "4"]


async def test_writers_that_read_first_do_not_lose_each_others_changes(database: Database) -> None:
    """Used to fail on SQLite with `BEGIN`: a read transaction cannot become a write once somebody else wrote."""

    async def append_after_reading() -> None:
        async with database.write() as session:
            await events.newest(session)
            await asyncio.sleep(0.01)
            await events.append(session, "happened", "x", {}, NOW)

    await asyncio.gather(*(append_after_reading() for _ in range(10)))

    async with database.read() as session:
        assert len(await events.after(session, 0, 100)) == 10


async def test_a_new_embedded_database_that_somebody_makes_at_the_moment_is_waited_for(tmp_path: Path) -> None:
    """Used to fail at once: SQLite does not wait to change how it keeps its journal."""
    maker = sqlite3.connect(tmp_path / "new.db", isolation_level=None)
    maker.executescript("BEGIN IMMEDIATE; CREATE TABLE there (id);")
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/new.db")

    async def look() -> None:
        async with database.read() as session:
            await session.execute(text("SELECT * FROM there"))

    looking = asyncio.create_task(look())
    done, _ = await asyncio.wait({looking}, timeout=0.3)
    assert not done
    maker.execute("COMMIT")

    await looking
    maker.close()
    await database.close()


@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite:////nowhere/at/all.db", "postgresql+asyncpg://sturnus@/none?host=/nowhere"]
)
async def test_a_database_that_is_not_there_is_unavailable_and_says_so(url: str) -> None:
    database = Database(url)

    with pytest.raises(Unavailable, match="the database does not answer"):
        async with database.read() as session:
            await events.newest(session)
    await database.close()

    # aiosqlite's thread tells the loop that it ends after whoever failed to connect has gone on: it must be there.
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 5)
