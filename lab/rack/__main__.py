"""The rack's program: `python -m lab.rack NAME`. SIGHUP: read the lab's description again. SIGTERM: end."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import sys
from collections.abc import Iterator, Mapping
from typing import Final

from lab.ground import records
from lab.ground.description import Lab
from lab.ground.errors import LabError
from lab.ground.processes import ProcessRecord
from lab.ground.records import replace_file
from lab.network.switch import switch_file
from lab.rack.controllers import Racked
from lab.rack.listening import Address, ControllerListeners
from lab.rack.ports import LabPower
from lab.rack.process import Served, record_file, served_file
from lab.rack.relays import Capacity, Relays, routes
from lab.rack.sockets import HereSockets, NamespaceSockets

log = logging.getLogger("lab.rack")

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Rack:
    """Relays and controllers of one lab, following its description."""

    def __init__(self, lab: Lab, inside: NamespaceSockets, tasks: asyncio.TaskGroup) -> None:
        self._relays = Relays(inside, Capacity.of(_open_files()))
        self._controllers = ControllerListeners(
            Racked(LabPower(lab)), tasks, in_the_lab=inside, on_the_machine=HereSockets()
        )

    async def follow(self, lab: Lab) -> None:
        """Serve the lab as described, and say so."""
        # First what there is little of: where open files are scarce, relays are left out, not controllers.
        controllers = await self._controllers.follow(lab)
        relays = self._relays.follow(set(routes(lab)))
        failed = (
            *_sentences("baseboard controller", controllers),
            *_sentences("relay", {route.listen: why for route, why in relays.items()}),
        )
        for sentence in failed:
            log.warning("not open: %s", sentence)
        replace_file(served_file(lab.paths), Served(lab=lab, failed=failed).model_dump_json())
        log.info("serving %d hosts", len(lab.hosts))

    async def close(self) -> None:
        """Let go of everything."""
        await self._relays.close()
        await self._controllers.close()


def _sentences(what: str, failed: Mapping[Address, str]) -> Iterator[str]:
    """One for each reason: what there is no room for are thousands of ports with the same."""
    by_reason: dict[str, list[Address]] = {}
    for address, why in failed.items():
        by_reason.setdefault(why, []).append(address)
    for why, addresses in by_reason.items():
        host, port = addresses[0]
        more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
        yield f"{what} {host}:{port}{more}: {why}"


async def serve(lab_name: str) -> None:
    """Run until SIGTERM.

    Raises:
        LabError: there is no such lab.
        OSError: its switches are not there.

    """
    signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for number in SIGNALS:  # before anybody can know of this process
        asyncio.get_running_loop().add_signal_handler(number, signals.put_nowait, number)
    lab = records.existing(lab_name)
    _leave_record(lab)
    inside = await NamespaceSockets.of(switch_file(lab))
    async with asyncio.TaskGroup() as tasks:
        rack = Rack(lab, inside, tasks)
        try:
            await rack.follow(lab)
            while await signals.get() is signal.SIGHUP:
                await _follow_again(rack, lab_name)
        finally:
            await rack.close()
            inside.close()


async def _follow_again(rack: Rack, lab_name: str) -> None:
    """A description that cannot be followed changes nothing: what is served goes on."""
    try:
        await rack.follow(records.existing(lab_name))
    except (LabError, OSError) as error:
        log.error("the lab's description cannot be followed: %s", error)  # noqa: TRY400 -- foreseen: no traceback


def _leave_record(lab: Lab) -> None:
    own = ProcessRecord.of(os.getpid())
    if own is None:
        raise LabError("this process is not in /proc", "mount it: mount -t proc proc /proc")
    replace_file(record_file(lab.paths), f"{own.pid} {own.started}\n")


def _open_files() -> int:
    """How many files this process may have open: from here on all that it could be allowed, often 1024 before."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def main() -> None:
    """The program."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    reasons: list[BaseException] = []
    try:
        asyncio.run(serve(sys.argv[1]))
    except* (LabError, OSError) as foreseen:  # from within a task group, or from before it
        reasons += foreseen.exceptions
    if reasons:
        sys.exit(f"the rack cannot go on: {'; '.join(str(reason) for reason in reasons)}")


if __name__ == "__main__":
    main()
