"""Sockets in the switches' network namespace, made by a process that stays in the machine's.

A socket belongs for ever to the namespace of the thread that made it. One thread enters the namespace and makes
sockets; what is done with them afterwards can be done anywhere.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Protocol

CLONE_NEWNET: Final = 0x40000000


class SocketMaker(Protocol):
    """Makes sockets in some network namespace."""

    async def stream(self) -> socket.socket:
        """A TCP socket that does not block."""

    async def listening(self, address: str, port: int) -> socket.socket:
        """A TCP socket that listens there.

        Raises:
            OSError: the address is taken, or not of that namespace.

        """


class HereSockets:
    """Sockets in the namespace of this process."""

    async def stream(self) -> socket.socket:
        """A TCP socket that does not block."""
        return _stream()

    async def listening(self, address: str, port: int) -> socket.socket:
        """A TCP socket that listens there."""
        return listen(address, port)


class NamespaceSockets:
    """Sockets in the namespace that a file keeps alive."""

    def __init__(self, thread: ThreadPoolExecutor) -> None:
        self._thread = thread

    @classmethod
    async def of(cls, file: Path) -> NamespaceSockets:
        """Have a thread enter the namespace.

        Raises:
            OSError: there is no such namespace, or it may not be entered.

        """
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sockets")
        try:
            await asyncio.get_running_loop().run_in_executor(thread, _enter, file)
        except OSError:
            thread.shutdown()
            raise
        return cls(thread)

    async def stream(self) -> socket.socket:
        """A TCP socket that does not block."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _stream)

    async def listening(self, address: str, port: int) -> socket.socket:
        """A TCP socket that listens there."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, listen, address, port)

    def close(self) -> None:
        """End the thread; sockets that it made stay open."""
        self._thread.shutdown()


def listen(address: str, port: int) -> socket.socket:
    """A TCP socket that listens, without blocking, in the caller's namespace."""
    made = _stream()
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen(128)
    except OSError:
        made.close()
        raise
    return made


def is_free(address: str, port: int) -> bool:
    """Whether nobody listens there, in the caller's namespace."""
    try:
        listen(address, port).close()
    except OSError:
        return False
    return True


def _stream() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setblocking(False)
    return made


def _enter(file: Path) -> None:
    # os.setns() came with Python 3.12.
    libc = ctypes.CDLL(None, use_errno=True)
    handle = os.open(file, os.O_RDONLY)
    try:
        if libc.setns(handle, CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(file))
    finally:
        os.close(handle)
