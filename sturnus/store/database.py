"""One database, two kinds of transaction: reads that wait for nobody, writes that wait for their turn.

SQLite has one writer at a time. A transaction that reads first and writes later may find that somebody else wrote in
between, and fails then, whatever the busy timeout. So a write takes its turn at its beginning (`BEGIN IMMEDIATE`), and
queues in this process first, where waiting is fair. PostgreSQL locks rows instead (`SELECT ... FOR UPDATE`).
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, Final

from sqlalchemy import Connection, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm.exc import StaleDataError

from sturnus.core.errors import Conflict, Unavailable
from sturnus.store import unusable

PATIENCE: Final = 5.0
"""Seconds that anything waits for the database: a connection, a lock, the turn to write."""
STATEMENT_DEADLINE: Final = 15.0
"""Seconds that one statement may take."""

BUSY_PAUSE: Final = 0.02
"""Seconds until a new file is tried again that somebody else prepares at the moment."""

CONTENDED: Final = frozenset({"40001", "40P01"})
"""SQLSTATEs: could not serialize, deadlock. Somebody else changes the same things."""
PASSING: Final = frozenset({"55P03", "25P03", "25006"})
"""SQLSTATEs: our deadlines for a lock and for an idle transaction; a standby, which cannot be written."""
PASSING_CLASSES: Final = frozenset({"08", "53", "57", "58"})
"""Their first two characters: connection lost, out of resources, an operator (stop, start, cancel), the system."""

_WRITES: Final = "sturnus_writes"


class Database:
    """Opens transactions. Whoever wants to know that something was committed asks to be called."""

    def __init__(self, url: str) -> None:
        """Nothing is opened yet. Invalid if `url` names no database of a kind that we have a driver for."""
        try:
            self._engine = _open(url)
        except (ArgumentError, ImportError) as error:
            raise unusable.no_address() from error
        self._reading = async_sessionmaker(self._engine, expire_on_commit=False)
        writing = self._engine.execution_options(**{_WRITES: True})
        self._writing = async_sessionmaker(writing, expire_on_commit=False)
        self._queue = asyncio.Lock() if self.is_sqlite else None
        self._committed: list[Callable[[], None]] = []

    @property
    def engine(self) -> AsyncEngine:
        """The engine, for migrations."""
        return self._engine

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self._engine.dialect.name == "sqlite"

    async def opened(self) -> None:
        """Connect once, before the first transaction, which has less to say. Unavailable, with why, if that fails."""
        try:
            async with self._engine.connect():
                pass
        except Exception as error:  # a server's refusals have types of their own, which are not the driver's
            raise unusable.cannot_be_opened(self._engine.url, error) from error

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each committed write of this process. Writes of others are found by looking."""
        self._committed.append(listener)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Look, change nothing. Unavailable if the database does not answer."""
        with _explained():
            async with self._reading() as session, session.begin():
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Change: committed at the end of the block, undone if it raises.

        Unavailable if the database does not answer, Conflict if somebody was faster.
        """
        with _explained():
            async with self._turn(), self._writing() as session, session.begin():
                yield session
        for listener in self._committed:
            listener()

    def _turn(self) -> AbstractAsyncContextManager[Any]:
        return self._queue if self._queue is not None else nullcontext()

    async def close(self) -> None:
        """Give all connections back."""
        await self._engine.dispose()


class _explained:  # noqa: N801 -- reads as a word at the place of use
    """Turn what the drivers raise into the closed set."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        match error:
            case IntegrityError() | StaleDataError():
                raise _overtaken() from error
            case DBAPIError() if _sqlstate(error) in CONTENDED:
                raise _overtaken() from error
            case OperationalError() | InterfaceError() | PoolTimeoutError() | OSError():
                raise _unavailable() from error
            case DBAPIError() if error.connection_invalidated or _passes(_sqlstate(error)):
                raise _unavailable() from error
            case _:
                return


def _sqlstate(error: DBAPIError) -> str:
    """PostgreSQL's own code: SQLAlchemy has no kind for most of what asyncpg raises. SQLite has none."""
    return getattr(error.orig, "sqlstate", None) or ""


def _passes(sqlstate: str) -> bool:
    return sqlstate in PASSING or sqlstate[:2] in PASSING_CLASSES


def _overtaken() -> Conflict:
    return Conflict(
        "somebody else changed the same thing at the same time",
        expected="names and addresses that nobody has, and one change at a time",
        remedy="look again, then repeat the command",
    )


def _unavailable() -> Unavailable:
    return Unavailable(
        "the database does not answer",
        expected=f"an answer within {PATIENCE:.0f} s",
        remedy="see why in the server's log, look whether the change was made, then repeat the command",
    )


def _open(url: str) -> AsyncEngine:
    if make_url(url).get_backend_name() == "sqlite":
        # isolation_level None: the driver must not open transactions of its own; `_begin` does.
        engine = create_async_engine(url, connect_args={"isolation_level": None, "timeout": PATIENCE})
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        return engine
    deadlines = {
        "lock_timeout": f"{PATIENCE * 1000:.0f}",
        "statement_timeout": f"{STATEMENT_DEADLINE * 1000:.0f}",
        "idle_in_transaction_session_timeout": f"{STATEMENT_DEADLINE * 1000:.0f}",
    }
    return create_async_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=PATIENCE,
        connect_args={"timeout": PATIENCE, "command_timeout": STATEMENT_DEADLINE, "server_settings": deadlines},
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    _keep_a_log_of_writes(connection, cursor)
    # FULL: a commit that was answered survives a power cut, not only the death of this process.
    for pragma in ("synchronous=FULL", "foreign_keys=ON", f"busy_timeout={PATIENCE * 1000:.0f}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _keep_a_log_of_writes(connection: Any, cursor: Any) -> None:
    """Have readers wait for nobody (sqlite.org, "Write-Ahead Logging"); it stays so in the file.

    SQLite gives up at once, whatever the timeout, while another process does the same, or makes the first tables.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            connection.run_async(lambda _: asyncio.sleep(BUSY_PAUSE))
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
