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
ACCEPT_PAUSE: Final = timedelta(seconds=1)
CHUNK: Final = 64 * 1024
KEEPALIVE: Final = {socket.TCP_KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3}
"""Seconds, seconds, times: a host whose cable was cut does not keep its connections open for ever."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much one rack opens at most."""

    listeners: int
    connections: int

    @classmethod
    def of(cls, open_files: int) -> Capacity:
        """A share of the files that a process may have open; a connection takes two, and some are for other things."""
        connections = min(2000, open_files // 10)
        return cls(listeners=max(0, open_files - 2 * connections - 300), connections=connections)


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

    def __init__(self, dialling: SocketMaker, capacity: Capacity) -> None:
        self._dialling = dialling
        self._capacity = capacity
        self._listening: dict[Route, socket.socket] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self._refusing = False

    def follow(self, wanted: set[Route]) -> dict[Route, str]:
        """Open what is missing and close what is no longer wanted; what could not be opened, and what to do."""
        loop = asyncio.get_running_loop()
        for route in set(self._listening) - wanted:
            loop.remove_reader(self._listening[route])
            self._listening.pop(route).close()
        failed: dict[Route, str] = {}
        for route in sorted(wanted - set(self._listening), key=_importance):
            if len(self._listening) >= self._capacity.listeners:
                failed[route] = f"{self._capacity.listeners} ports are open; allow more open files: ulimit -Hn"
                continue
            try:
                self._listening[route] = listen(*route.listen)
            except OSError as error:
                failed[route] = f"{error.strerror}; see what listens there: ss -tlnp 'sport = :{route.listen[1]}'"
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
        except OSError as error:  # out of open files: the client waits in the queue, and the loop must not spin
            log.warning("relay %s:%d cannot accept: %s", *route.listen, error.strerror)
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._listening[route])
            loop.call_later(ACCEPT_PAUSE.total_seconds(), self._accept_again, route, self._listening[route])
            return
        client.setblocking(False)
        if self._is_full(route):
            _reset(client)
            return
        task = asyncio.get_running_loop().create_task(self._relay(client, route))
        self._connections.add(task)
        task.add_done_callback(functools.partial(self._ended, client))

    def _accept_again(self, route: Route, listening: socket.socket) -> None:
        if self._listening.get(route) is listening:
            asyncio.get_running_loop().add_reader(listening, self._accept, route)

    def _is_full(self, route: Route) -> bool:
        """Whether no more connections are taken. Says so once, not for each that is refused."""
        full = len(self._connections) >= self._capacity.connections
        if full and not self._refusing:
            log.warning("relay %s:%d refuses: %d connections are open", *route.listen, self._capacity.connections)
        self._refusing = full
        return full

    def _ended(self, client: socket.socket, task: asyncio.Task[None]) -> None:
        client.close()  # here, since a task that is cancelled before its first step never runs
        self._connections.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("relay failed", exc_info=error)

    async def _relay(self, client: socket.socket, route: Route) -> None:
        with await self._dialling.stream() as server:
            _keep_alive(server)
            try:
                async with asyncio.timeout(CONNECT_DEADLINE.total_seconds()):
                    await asyncio.get_running_loop().sock_connect(server, route.dial)
                await _copy_both_ways(client, server)
            except* OSError:  # refused, unreachable, not in time, or broken off: the client learns it as from the host
                _reset(client)


def _importance(route: Route) -> tuple[bool, tuple[str, int]]:
    """The platform's own ports before the many for whatever runs on it, should there not be room for all."""
    return route.listen[1] in NODE_PORTS, route.listen


def _keep_alive(server: socket.socket) -> None:
    server.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE.items():
        server.setsockopt(socket.IPPROTO_TCP, option, value)


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
