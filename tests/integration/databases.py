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

MIGRATED = "migrated"
"""The database of PostgreSQL with all tables of which those for tests are copies."""
POSTGRES_PROGRAMS = [Path("/usr/lib/postgresql") / version / "bin" for version in ("18", "17", "16", "15")]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


_EMBEDDED: list[bytes] = []
"""An embedded database with all tables, made once: a process and all migrations for each test took longer."""


def embedded_with_tables(file: Path) -> str:
    """Make an embedded database in a file that is not there yet; its address."""
    url = f"sqlite+aiosqlite:///{file}"
    if _EMBEDDED:
        file.write_bytes(_EMBEDDED[0])
    else:
        upgrade(url)
        assert not Path(f"{file}-wal").exists()  # all of it is in the file
        _EMBEDDED.append(file.read_bytes())
    return url


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
        self._has_template = False
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
        self._create(name, *options)
        return self._url(name)

    def migrated_database(self) -> str:
        """One with all tables."""
        if not self._has_template:
            self._create(MIGRATED)
            upgrade(self._url(MIGRATED))
            self._has_template = True
        return self.new_database(f"--template={MIGRATED}")

    def _create(self, name: str, *options: str) -> None:
        self._run("createdb", f"--host={self._home}", "--username=sturnus", *options, name)

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


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with all tables."""
    if request.param == "sqlite":
        return embedded_with_tables(tmp_path / "sturnus.db")
    server: Postgres = request.getfixturevalue("postgres")
    return server.migrated_database()


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
