"""Relays: the machine's loopback addresses stand for the lab's hosts, and nothing of the machine's network changes."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from lab.ground.description import Host, Lab, Role
from lab.rack.sockets import SocketMaker, listen

log = logging.getLogger(__name__)

NODE_PORTS: Final = range(30000, 32768)
"""Kubernetes' default range; a service of type NodePort answers on every node, so one host's will do."""

RELAYED: Final = {
    Role.CONTROLLER: (
        4545,  # VIM
        5000,  # Keystone
        6385,  # inventory
        6443,  # Kubernetes API server
        8080,  # Horizon
        9001,  # registry
        18002,  # faults
        *NODE_PORTS,
    ),
    Role.WORKER: (10250,),  # kubelet
}

CONNECT_DEADLINE: Final = timedelta(seconds=5)
MAX_CONNECTIONS: Final = 2000
"""Two open files each; the machine may allow no more than 20,000, and listeners take some thousands."""
CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Route:
    """One relayed port."""

    listen: tuple[str, int]
    dial: tuple[str, int]


def relayed_ports() -> set[int]:
    """Every port that is relayed for some host."""
    return {port for ports in RELAYED.values() for port in ports}


def routes(lab: Lab) -> Iterator[Route]:
    """All relayed ports of a lab."""
    for host in lab.hosts:
        yield from host_routes(lab, host)


def host_routes(lab: Lab, host: Host) -> Iterator[Route]:
    """The relayed ports of one host."""
    for port in RELAYED[host.role]:
        yield Route((lab.outside(host), port), (host.address, port))


class Relays:
    """Listens and copies. A listener costs an open socket and an entry in the event loop, no task."""

    def __init__(self, dialling: SocketMaker) -> None:
        self._dialling = dialling
        self._listening: dict[Route, socket.socket] = {}
        self._connections: set[asyncio.Task[None]] = set()

    def follow(self, wanted: set[Route]) -> dict[Route, str]:
        """Open what is missing and close what is no longer wanted; what could not be opened, with the reason."""
        loop = asyncio.get_running_loop()
        for route in set(self._listening) - wanted:
            loop.remove_reader(self._listening[route])
            self._listening.pop(route).close()
        failed: dict[Route, str] = {}
        for route in sorted(wanted - set(self._listening), key=lambda route: route.listen):
            try:
                self._listening[route] = listen(*route.listen)
            except OSError as error:
                failed[route] = f"{route.listen[0]}:{route.listen[1]}: {error.strerror}"
                continue
            loop.add_reader(self._listening[route], self._accept, route)
        return failed

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        self.follow(set())
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, route: Route) -> None:
        try:
            client, _ = self._listening[route].accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:  # out of open files: the client waits in the queue and is tried again
            log.warning("relay %s:%d cannot accept: %s", *route.listen, error.strerror)
            return
        client.setblocking(False)
        if len(self._connections) >= MAX_CONNECTIONS:
            log.warning("relay %s:%d refuses: %d connections are open", *route.listen, MAX_CONNECTIONS)
            _reset(client)
            return
        task = asyncio.get_running_loop().create_task(self._relay(client, route))
        self._connections.add(task)
        task.add_done_callback(functools.partial(self._ended, client))

    def _ended(self, client: socket.socket, task: asyncio.Task[None]) -> None:
        client.close()  # here, since a task that is cancelled before its first step never runs
        self._connections.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("relay failed", exc_info=error)

    async def _relay(self, client: socket.socket, route: Route) -> None:
        with await self._dialling.stream() as server:
            try:
                async with asyncio.timeout(CONNECT_DEADLINE.total_seconds()):
                    await asyncio.get_running_loop().sock_connect(server, route.dial)
                await _copy_both_ways(client, server)
            except* OSError:  # refused, unreachable, not in time, or broken off: the client learns it as from the host
                _reset(client)


async def _copy_both_ways(client: socket.socket, server: socket.socket) -> None:
    async with asyncio.TaskGroup() as copies:
        copies.create_task(_copy(client, server))
        copies.create_task(_copy(server, client))


async def _copy(source: socket.socket, target: socket.socket) -> None:
    """Copy until the source ends, then tell the target that nothing more comes: the other direction goes on."""
    loop = asyncio.get_running_loop()
    while data := await loop.sock_recv(source, CHUNK):
        await loop.sock_sendall(target, data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _reset(client: socket.socket) -> None:
    """Close with a reset instead of an end of file, which a client could take for an empty answer."""
    with contextlib.suppress(OSError):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
