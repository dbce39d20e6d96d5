"""A Keystone of the bootstrap's own, on a Unix socket in a private directory.

The bootstrap speaks Keystone's API and never its tables. It cannot count on the serving one: that is started after the
bootstrap. One that serves meanwhile is not disturbed; both use the same database.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx2

from sturnus.core.errors import Invalid, Unavailable
from sturnus.identity.keystone import uwsgi
from sturnus.identity.keystone.installation import Installation
from sturnus.identity.keystone.processes import Command, running
from sturnus.identity.keystone.settings import KeystoneSettings

START: Final = timedelta(seconds=60)
"""It takes 1.5 s alone, 3.5 s beside others (reference/openstack.md §9), more on a busy machine."""

REQUEST: Final = timedelta(seconds=20)

_LONGEST_SOCKET_PATH: Final = 107
"""Bytes: `sun_path` of unix(7), less the zero at its end."""


@contextlib.asynccontextmanager
async def keystone(settings: KeystoneSettings, installation: Installation) -> AsyncIterator[httpx2.AsyncClient]:
    """Start it, wait until it answers, hand out a client, end it."""
    socket = settings.transient / "bootstrap.sock"
    if len(str(socket).encode()) > _LONGEST_SOCKET_PATH:
        raise Invalid(
            f"the state directory's name is too long for a socket in it: {socket}",
            expected=f"at most {_LONGEST_SOCKET_PATH} bytes",
            remedy="name a shorter one: --state DIRECTORY",
        )
    socket.unlink(missing_ok=True)
    log = settings.transient / "bootstrap.log"
    command = Command(uwsgi.private(installation, str(socket)), uwsgi.environment(settings), START)
    transport = httpx2.AsyncHTTPTransport(uds=str(socket))
    async with (
        running(command, log) as process,
        httpx2.AsyncClient(transport=transport, base_url="http://keystone", timeout=REQUEST.total_seconds()) as client,
    ):
        try:
            await _answers(client, process, log)
            yield client
        finally:
            socket.unlink(missing_ok=True)


async def _answers(client: httpx2.AsyncClient, process: asyncio.subprocess.Process, log: Path) -> None:
    """Wait for `GET /v3`: uwsgi's socket accepts long before Keystone is loaded (reference/openstack.md §2.4)."""
    try:
        async with asyncio.timeout(START.total_seconds()):
            while process.returncode is None:
                with contextlib.suppress(httpx2.TransportError):
                    if (await client.get("/v3")).status_code == httpx2.codes.OK:
                        return
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise _not_started(f"it does not answer within {START.total_seconds():g} s", log) from None
    raise _not_started(f"it ended with status {process.returncode}", log)


def _not_started(what: str, log: Path) -> Unavailable:
    lines = tuple(log.read_text(errors="replace").splitlines()[-5:])
    return Unavailable(
        f"Keystone does not start: {what}", expected="an answer to GET /v3", remedy=f"see {log}", details=lines
    )
