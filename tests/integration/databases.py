"""Both databases, migrated or empty, for each test. Fixtures for the conftest of whoever stores something."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TypedDict

import pytest

from sturnus.store.database import Database

POSTGRES_PROGRAMS = [Path("/usr/lib/postgresql") / version / "bin" for version in ("18", "17", "16", "15")]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


MIGRATED: set[str] = set()
"""Addresses of databases that have all tables: made once, then copied. For each test it took seconds."""


def upgrade(url: str) -> None:
    """Make the tables, as an operator does."""
    environment = {**os.environ, "STURNUS_CONFIG": "/nonexistent", "STURNUS_DATABASE_URL": url}
    subprocess.run(
        [sys.executable, "-m", "sturnus.cli.sturnus.main", "db", "upgrade"], env=environment, check=True, timeout=180
    )


class _User(TypedDict, total=False):
    """Who runs a program, as `subprocess.run` takes it; nothing: who runs us."""

    user: str
    group: str
    extra_groups: list[str]


class Postgres:
    """A server of our own in a temporary directory, reached by a socket there and by nothing else."""

    def __init__(self, programs: Path, home: Path) -> None:
        self._programs = programs
        self._home = home
        self._migrated: str | None = None  # which one is copied
        # PostgreSQL refuses to run as root.
        self._user: _User = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}

    def start(self) -> None:
        if self._user:
            shutil.chown(self._home, "nobody", "nogroup")
        self._run("initdb", "--auth=trust", "--username=sturnus", "--encoding=UTF8", "--no-sync", "data")
        options = f"-k {self._home} -c listen_addresses='' -c fsync=off -c max_connections=60"
        self._run("pg_ctl", "--pgdata=data", "--wait", "--log=server.log", f"--options={options}", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "--pgdata=data", "--wait", "--mode=immediate", "stop")

    def new_database(self, *options: str) -> str:
        """An empty one."""
        name = f"test_{uuid.uuid4().hex}"
        self._run("createdb", f"--host={self._home}", "--username=sturnus", *options, name)
        return self._url(name)

    def migrated_database(self) -> str:
        """One with all tables."""
        if self._migrated is None:
            self._run("createdb", f"--host={self._home}", "--username=sturnus", "migrated")
            upgrade(self._url("migrated"))
            self._migrated = "migrated"
        url = self.new_database(f"--template={self._migrated}")
        MIGRATED.add(url)
        return url

    def _url(self, name: str) -> str:
        return f"postgresql+asyncpg://sturnus@/{name}?host={self._home}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        subprocess.run(command, cwd=self._home, check=True, timeout=60, stdout=subprocess.DEVNULL, **self._user)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    programs = next((path for path in POSTGRES_PROGRAMS if (path / "initdb").exists()), None)
    if programs is None:
        pytest.fail("PostgreSQL's server is not installed: make setup")
    home = Path("/tmp") / f"sturnus-postgres-{uuid.uuid4().hex[:8]}"  # noqa: S108 -- a socket's path has 107 bytes
    home.mkdir(mode=0o700)
    server = Postgres(programs, home)
    try:
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An embedded database with all tables."""
    file = tmp_path_factory.mktemp("migrated") / "sturnus.db"
    upgrade(f"sqlite+aiosqlite:///{file}")
    assert not file.with_name("sturnus.db-wal").exists()  # all of it is in the file
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with all tables."""
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        return server.migrated_database()
    url = f"sqlite+aiosqlite:///{tmp_path}/sturnus.db"
    shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "sturnus.db")
    MIGRATED.add(url)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/sturnus.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()
