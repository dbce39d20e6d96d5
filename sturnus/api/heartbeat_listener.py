"""Takes in heartbeats, all that have arrived, ten times a second: a wake-up for each would cost more than it."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Final

from sturnus.core.errors import Invalid
from sturnus.core.heartbeats import LONGEST
from sturnus.core.metrics import HEARTBEAT_LAG
from sturnus.core.settings import Settings
from sturnus.inventory.hearing import Hearing

READ_EVERY: Final = 0.1
AT_ONCE: Final = 5000
"""Datagrams that are read before others get their turn."""
ROOM: Final = 4 * 1024 * 1024
"""Bytes that the kernel keeps for us meanwhile: some 5,000 datagrams."""


class HeartbeatListener:
    """One UDP socket. What arrives there may be anybody's."""

    def __init__(self, opened: socket.socket, hearing: Hearing) -> None:
        self._socket = opened
        self._hearing = hearing

    async def run(self) -> None:
        """Listen until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        try:
            while True:
                HEARTBEAT_LAG.set(max(0.0, loop.time() - due))
                self.drain()
                due = loop.time() + READ_EVERY
                await asyncio.sleep(READ_EVERY)
        finally:
            self._socket.close()

    def drain(self) -> None:
        """Read what is there, answer where there is an answer."""
        self._hearing.listened()
        for _ in range(AT_ONCE):
            try:
                datagram, sender = self._socket.recvfrom(LONGEST + 1)
            except BlockingIOError:
                return
            except OSError:
                continue  # an answer to a sender that is gone comes back as an error here
            if (answer := self._hearing.receive(datagram)) is not None:
                with suppress(OSError):
                    self._socket.sendto(answer, sender)


def heartbeat_socket(settings: Settings) -> socket.socket:
    """Open the socket. Invalid if the address cannot be had."""
    family = socket.AF_INET6 if ":" in settings.listen_address else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM)
    opened.setblocking(False)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
    with suppress(OSError, AttributeError):  # more than the machine's limit, for whoever may
        opened.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), ROOM)
    try:
        opened.bind((settings.listen_address, settings.heartbeat_port))
    except OSError as error:
        opened.close()
        raise Invalid(
            f"Cannot listen on {settings.listen_address} UDP port {settings.heartbeat_port}: {error.strerror}.",
            expected="a free port and an address of this host",
            remedy="set listen_address and heartbeat_port",
        ) from error
    return opened
