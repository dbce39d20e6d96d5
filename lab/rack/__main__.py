"""The rack's program: `python -m lab.rack NAME`. SIGHUP: read the lab's description again. SIGTERM: end."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import uvicorn

from lab.ground import records
from lab.ground.certificates import Authority
from lab.ground.description import Host, Lab
from lab.ground.processes import ProcessRecord
from lab.ground.records import replace_file
from lab.network.switch import switch_file
from lab.rack import credentials
from lab.rack.ports import LabPower
from lab.rack.process import BMC_OUTSIDE_PORT, BMC_PORT, following_file, record_file
from lab.rack.redfish import Controller, Racked, application
from lab.rack.relays import Capacity, Relays, routes
from lab.rack.sockets import HereSockets, NamespaceSockets

log = logging.getLogger("lab.rack")


class _Server(uvicorn.Server):
    """A server that leaves signals to the rack."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: the rack has handlers of its own."""
        yield


class Rack:
    """Relays and controllers of one lab, following its description."""

    def __init__(self, lab: Lab) -> None:
        self._inside = NamespaceSockets(switch_file(lab))
        self._relays = Relays(self._inside, Capacity.of(_open_files()))
        self._racked = Racked(LabPower(lab), ThreadPoolExecutor(max_workers=8))
        self._server: tuple[uvicorn.Server, asyncio.Task[None], list[socket.socket]] | None = None

    async def follow(self, lab: Lab) -> None:
        """Serve the lab as described, and say so."""
        for route, reason in self._relays.follow(set(routes(lab))).items():
            log.warning("not relayed: %s:%d: %s", *route.listen, reason)
        await self._serve_controllers(lab)
        replace_file(following_file(lab.paths), lab.model_dump_json())

    async def close(self) -> None:
        """Let go of everything."""
        await self._relays.close()
        await self._close_server()
        self._inside.close()

    async def _serve_controllers(self, lab: Lab) -> None:
        """One server for all; when hosts were added it is replaced, since its certificate names them all."""
        await self._close_server()
        sockets = [sock for host in lab.hosts for sock in await self._listen(lab, host)]
        self._racked.controllers = {
            address: Controller(host, credentials.ensure(lab, host))
            for host in lab.hosts
            for address in (host.bmc_address, lab.outside(host))
        }
        authority = Authority.load_or_create(lab.paths.secrets / "ca")
        issued = authority.issue(lab.paths.secrets / "bmc-tls", "baseboard controllers", self._racked.controllers)
        config = uvicorn.Config(
            application(self._racked),
            ssl_certfile=issued.certificate,
            ssl_keyfile=issued.key,
            log_level="warning",
            timeout_graceful_shutdown=1,
            lifespan="off",
        )
        server = _Server(config)
        self._server = (server, asyncio.create_task(server.serve(sockets)), sockets)

    async def _listen(self, lab: Lab, host: Host) -> list[socket.socket]:
        found = [await self._inside.listening(host.bmc_address, BMC_PORT)]
        try:
            found.append(await HereSockets().listening(lab.outside(host), BMC_OUTSIDE_PORT))
        except OSError as error:
            log.warning("no controller of %s on this machine: %s", host.name, error)
        return found

    async def _close_server(self) -> None:
        if self._server:
            server, task, sockets = self._server
            server.should_exit = True
            await task
            for sock in sockets:
                sock.close()
            self._server = None


async def serve(lab_name: str) -> None:
    """Run until SIGTERM."""
    lab = records.existing(lab_name)
    own = ProcessRecord.of(os.getpid())
    if own is None:
        raise RuntimeError("this process is not in /proc")
    replace_file(record_file(lab.paths), f"{own.pid} {own.started}\n")
    signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, signals.put_nowait, number)
    rack = Rack(lab)
    try:
        await rack.follow(lab)
        while await signals.get() is signal.SIGHUP:
            await rack.follow(records.existing(lab_name))
    finally:
        await rack.close()


def _open_files() -> int:
    """How many files this process may have open: from here on all that it could be allowed, often 1024 before."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def main() -> None:
    """The program."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    asyncio.run(serve(sys.argv[1]))


if __name__ == "__main__":
    main()
