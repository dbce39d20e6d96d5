"""Where the baseboard controllers listen: in the switches' namespace, and on the machine.

All are served by one uvicorn over sockets made beforehand. They share one certificate that holds for every address:
clients look for the address they called, and one certificate takes one TLS context, however many hosts there are.
uvicorn cannot take on another socket while it runs. When hosts come or go a new server takes over the sockets and the
old one ends what it had begun; the sockets themselves stay, so that no client is refused in between.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

import uvicorn
from fastapi import FastAPI

from lab.ground.certificates import Authority, Issued
from lab.ground.description import Lab
from lab.rack import credentials
from lab.rack.controllers import ACTION_DEADLINE, Controller, Racked
from lab.rack.process import BMC_OUTSIDE_PORT, BMC_PORT
from lab.rack.redfish import application
from lab.rack.sockets import SocketMaker

Address = tuple[str, int]

END_GRACE: Final = timedelta(seconds=0.5)
HEADERS: Final = [("OData-Version", "4.0")]
"""On every response (DSP0266, response headers)."""


class Server(uvicorn.Server):
    """A server that leaves signals to the rack."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: the rack has handlers of its own."""
        yield


def server_of(app: FastAPI, issued: Issued) -> Server:
    """A server for sockets yet to be given.

    Raises:
        OSError: the certificate and its key are no pair.

    """
    config = uvicorn.Config(
        app,
        ssl_certfile=issued.certificate,
        ssl_keyfile=issued.key,
        headers=HEADERS,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(ACTION_DEADLINE.total_seconds()) + 1,
    )
    config.load()
    return Server(config)


class ControllerListeners:
    """The sockets and the server of all controllers of a lab. Servers run in `tasks`, whose owner sees them fail."""

    def __init__(
        self, racked: Racked, tasks: asyncio.TaskGroup, *, in_the_lab: SocketMaker, on_the_machine: SocketMaker
    ) -> None:
        self._racked = racked
        self._app = application(racked)
        self._tasks = tasks
        self._in_the_lab = in_the_lab
        self._on_the_machine = on_the_machine
        self._sockets: dict[Address, socket.socket] = {}
        self._servers: dict[Server, asyncio.Task[None]] = {}

    async def follow(self, lab: Lab) -> dict[Address, str]:
        """Serve the controllers of the lab as described; the addresses that could not be opened, and what to do."""
        controllers = {
            address: Controller(host, credentials.ensure(lab, host))
            for host in lab.hosts
            for address in (host.bmc_address, lab.outside(host))
        }
        before = set(self._sockets)
        failed = await self._open(lab)
        if controllers != self._racked.controllers or set(self._sockets) != before:
            authority = Authority.load_or_create(lab.paths.secrets / "ca")
            server = server_of(
                self._app, authority.issue(lab.paths.secrets / "bmc-tls", "baseboard controllers", controllers)
            )
            self._racked.controllers = controllers
            self._replace(server)
        return failed

    async def close(self) -> None:
        """Stop listening; what has begun gets a moment to end."""
        for server in self._servers:
            server.should_exit = True
        self._racked.abandon()
        if self._servers:
            _, late = await asyncio.wait(self._servers.values(), timeout=END_GRACE.total_seconds())
            for task in late:
                task.cancel()
        for listening in self._sockets.values():
            listening.close()
        self._sockets.clear()

    async def _open(self, lab: Lab) -> dict[Address, str]:
        wanted = _addresses(lab, in_the_lab=self._in_the_lab, on_the_machine=self._on_the_machine)
        for address in set(self._sockets) - set(wanted):
            self._sockets.pop(address).close()
        failed: dict[Address, str] = {}
        for address in wanted.keys() - self._sockets.keys():
            try:
                self._sockets[address] = await wanted[address].listening(*address)
            except OSError as error:
                failed[address] = f"{error.strerror}; see what listens there: ss -tlnp 'sport = :{address[1]}'"
        return failed

    def _replace(self, server: Server) -> None:
        for old in self._servers:
            old.should_exit = True
        # Copies, since a server closes what it was given when it ends.
        task = self._tasks.create_task(server.serve([listening.dup() for listening in self._sockets.values()]))
        self._servers[server] = task
        task.add_done_callback(lambda _: self._servers.pop(server))


def _addresses(lab: Lab, *, in_the_lab: SocketMaker, on_the_machine: SocketMaker) -> Mapping[Address, SocketMaker]:
    return {(host.bmc_address, BMC_PORT): in_the_lab for host in lab.hosts} | {
        (lab.outside(host), BMC_OUTSIDE_PORT): on_the_machine for host in lab.hosts
    }
