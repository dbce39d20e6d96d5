import asyncio
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from sturnus.core.errors import Conflict, SturnusError, Unavailable
from sturnus.store import events
from sturnus.store.database import Database

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)

only_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
HOLD = "SELECT pg_advisory_xact_lock({})"


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


@only_postgresql
async def test_a_lock_that_somebody_else_holds_for_too_long_is_unavailable(database: Database) -> None:
    """Used to leave as the driver's own error, which no loop expects, and ended the process."""

    async def impatient() -> None:
        async with database.write() as session:
            await session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            await session.execute(text(HOLD.format(1)))

    async with database.write() as first:
        await first.execute(text(HOLD.format(1)))
        with pytest.raises(Unavailable, match="the database does not answer"):
            await impatient()


@only_postgresql
async def test_of_two_that_wait_for_each_other_one_gets_a_conflict(database: Database) -> None:
    both_hold = asyncio.Barrier(2)

    async def hold_both(mine: int, other: int) -> None:
        async with database.write() as session:
            await session.execute(text(HOLD.format(mine)))
            await both_hold.wait()
            await session.execute(text(HOLD.format(other)))

    ends = await asyncio.gather(hold_both(1, 2), hold_both(2, 1), return_exceptions=True)

    assert [type(end) for end in ends if end is not None] == [Conflict]


@only_postgresql
async def test_a_server_that_goes_in_the_middle_is_unavailable(database: Database) -> None:
    with pytest.raises(Unavailable):
        async with database.read() as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


@only_postgresql
async def test_a_server_that_takes_no_more_connections_is_unavailable(database: Database, database_url: str) -> None:
    async with database.write() as session:
        await session.execute(text("CREATE ROLE crowd LOGIN CONNECTION LIMIT 0"))
    one_too_many = Database(database_url.replace("sturnus@", "crowd@"))

    with pytest.raises(Unavailable):
        async with one_too_many.read() as session:
            await events.newest(session)
    await one_too_many.close()


REFUSED_IN_PASSING: dict[str, type[SturnusError]] = {
    "40001": Conflict,  # could not serialize
    "40P01": Conflict,  # deadlock detected
    "55P03": Unavailable,  # lock timeout
    "57014": Unavailable,  # statement timeout
    "25P03": Unavailable,  # idle-in-transaction timeout
    "25006": Unavailable,  # a standby: it cannot be written
    "53100": Unavailable,  # disk full
    "57P01": Unavailable,  # shut down by an administrator
    "57P03": Unavailable,  # starts up or shuts down
    "08003": Unavailable,  # closed in the middle of operation
    "58030": Unavailable,  # cannot read its own files
}


@only_postgresql
async def test_what_postgresql_refuses_in_passing_is_in_the_closed_set(database: Database) -> None:
    for sqlstate, told in REFUSED_IN_PASSING.items():
        with pytest.raises(told):
            async with database.write() as session:
                await session.execute(text(_raising(sqlstate)))


@only_postgresql
async def test_a_statement_that_is_wrong_is_a_defect(database: Database) -> None:
    with pytest.raises(DBAPIError):
        async with database.read() as session:
            await session.execute(text("SELECT nothing FROM nowhere"))


def _raising(sqlstate: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$"
