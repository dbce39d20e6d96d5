"""TLS before Keystone: this process ends TLS and hands what is inside to uwsgi, on a socket that only we can open.

pyuwsgi's wheel has no TLS (docs/decisions/platform-keystone.md). Bytes are copied, nothing of HTTP is read; uwsgi is
told who called by one line of the PROXY protocol (version 1), so that Keystone's log names the client.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from sturnus.core.certificates import CertificateFiles, ServedCertificate
from sturnus.core.child_process import ENDS_WITH_US
from sturnus.core.errors import Invalid, Unavailable
from sturnus.identity.keystone import uwsgi
from sturnus.identity.keystone.installation import Installation
from sturnus.identity.keystone.settings import KeystoneSettings, netloc

HANDSHAKE: Final = timedelta(seconds=10)
FIRST_BYTE: Final = timedelta(seconds=10)
EXCHANGE: Final = timedelta(seconds=75)
"""A request and its answer. uwsgi gives up after 60 s."""
START: Final = timedelta(seconds=60)
GRACE: Final = timedelta(seconds=3)
"""What requests under way get when we are told to stop."""
AT_ONCE: Final = 200
"""Connections that are handed on; the others wait."""
CHUNK: Final = 64 * 1024

log = structlog.stdlib.get_logger(__name__)


async def serve(
    settings: KeystoneSettings, installation: Installation, files: CertificateFiles, serving_lock: int
) -> None:
    """Serve until SIGTERM or SIGINT. `serving_lock`: a handle that Keystone's own processes keep too.

    Raises:
        Invalid: the certificate, or the address, cannot be used.
        Unavailable: Keystone ended by itself.

    """
    certificate = await asyncio.to_thread(ServedCertificate, files)
    told_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    socket = settings.transient / "keystone.sock"
    await asyncio.to_thread(socket.unlink, missing_ok=True)
    async with _keystone(settings, installation, socket, serving_lock) as keystone:
        ended, stop = asyncio.create_task(keystone.wait()), asyncio.create_task(told_to_stop.wait())
        try:
            await _accepts(socket, ended, stop)
            if not stop.done() and not ended.done():
                await _serve_until(settings, certificate, socket, {ended, stop})
        finally:
            stop.cancel()
            ended.cancel()
        if not told_to_stop.is_set():
            raise Unavailable(
                f"Keystone ended with status {keystone.returncode}",
                expected="it to serve until it is told to stop",
                remedy="see its last lines above",
            )


async def _serve_until(
    settings: KeystoneSettings, certificate: ServedCertificate, socket: Path, ends: set[asyncio.Task[object]]
) -> None:
    relay = _Relay(socket)
    try:
        server = await asyncio.start_server(
            relay.handle,
            settings.listen,
            settings.port,
            ssl=certificate.context,
            ssl_handshake_timeout=HANDSHAKE.total_seconds(),
            limit=CHUNK,
        )
    except OSError as error:
        raise Invalid(
            f"cannot listen on {netloc(settings.listen, settings.port)}: {error.strerror}",
            expected="a free port and an address of this host",
            remedy="see --listen and --port",
        ) from error
    following = asyncio.create_task(certificate.follow())
    log.info("serving", address=settings.listen, port=settings.port, tls=True)
    try:
        await asyncio.wait({*ends, following}, return_when=asyncio.FIRST_COMPLETED)
        if following.done():
            following.result()  # a defect: let the supervisor see it
    finally:
        following.cancel()
        server.close()
        await relay.drain()
    log.info("stopped")


class _Relay:
    """Copies connections to Keystone's socket and back."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._room = asyncio.Semaphore(AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its handshake on. What fails, ends it, as a server's end would."""
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        try:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(FIRST_BYTE.total_seconds()):
                    first = await reader.read(CHUNK)  # who only connects takes no thread of Keystone's
                if first:
                    async with self._room, asyncio.timeout(EXCHANGE.total_seconds()):
                        await self._exchange(first, reader, writer)
        finally:
            writer.close()

    async def drain(self) -> None:
        """Let requests under way come to their end, for a while."""
        if self._running:
            await asyncio.wait(self._running, timeout=GRACE.total_seconds())
        for task in self._running:
            task.cancel()

    async def _exchange(self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_unix_connection(self._socket, limit=CHUNK)
        sending = asyncio.create_task(_copy(reader, requests))
        try:
            requests.write(_caller(writer) + first)
            await requests.drain()
            await _copy(answers, writer)  # Keystone closes after its answer
        finally:
            sending.cancel()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await sending
            requests.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(CHUNK):
        target.write(data)
        await target.drain()


def _caller(writer: asyncio.StreamWriter) -> bytes:
    """The PROXY protocol's line (version 1, its specification's section 2.1)."""
    client, server = writer.get_extra_info("peername"), writer.get_extra_info("sockname")
    family = "TCP6" if ":" in client[0] else "TCP4"
    return f"PROXY {family} {client[0]} {server[0]} {client[1]} {server[1]}\r\n".encode()


@contextlib.asynccontextmanager
async def _keystone(
    settings: KeystoneSettings, installation: Installation, socket: Path, serving_lock: int
) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {**os.environ, "PYTHONWARNINGS": "ignore", **uwsgi.environment(settings)}
    process = await asyncio.create_subprocess_exec(
        *ENDS_WITH_US,  # its workers end with it (--no-orphans), and so all with us
        *uwsgi.behind_tls(installation, str(socket)),
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        pass_fds=(serving_lock,),
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(GRACE.total_seconds()):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


async def _accepts(socket: Path, *ends: asyncio.Task[object]) -> None:
    """Wait until uwsgi listens: what comes then is kept until Keystone is loaded."""
    try:
        async with asyncio.timeout(START.total_seconds()):
            while not any(end.done() for end in ends):
                try:
                    _, writer = await asyncio.open_unix_connection(socket)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                writer.close()
                return
    except TimeoutError:
        raise Unavailable(
            f"uwsgi does not listen on {socket} within {START.total_seconds():g} s",
            expected="it to listen at once",
            remedy="see its last lines above, and whether the host is overloaded",
        ) from None
