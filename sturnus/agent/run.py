"""The agent's loop. It remembers nothing: what to send follows from what the inventory says it has.

read facts -> sign of life with their digest -> announcement, if it is wanted
              `- key not accepted -> enrol -> again
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from sturnus.agent import facts, key
from sturnus.agent.facts import Facts
from sturnus.agent.inventory_client import InventoryClient, NotEnrolled
from sturnus.core.clock import Clock
from sturnus.core.errors import SturnusError, Unavailable

LOOK_EVERY: Final = timedelta(seconds=3)
"""Signs of life; five of them fit into the silence after which a host counts as offline."""

HOST_FILE: Final = "host"
"""In the state directory: the uuid of our host. While it is missing we enrol, which may be done twice."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AgentOptions:
    """What the command line says."""

    platform: str  # URL of the inventory
    enrolment_file: Path
    state: Path
    root: Path  # where /proc and /sys are
    ca_file: Path | None = None  # authorities by which the inventory's certificate is checked


async def run(options: AgentOptions, clock: Clock) -> None:
    """Run until cancelled. Invalid if the key is not as it must be; what may pass is tried again for ever."""
    own = await asyncio.to_thread(key.kept_in, options.state)
    client = await asyncio.to_thread(InventoryClient, options.platform, options.ca_file, own, clock)
    try:
        while True:
            try:
                await _look(client, options)
            except SturnusError as error:
                log.warning("not heard", reason=error.message, remedy=error.remedy)
            await asyncio.sleep(LOOK_EVERY.total_seconds())
    finally:
        await client.close()


async def _look(client: InventoryClient, options: AgentOptions) -> None:
    found = await asyncio.to_thread(facts.read, options.root)
    if found is None:
        raise Unavailable(
            "this host has no default route with an address", expected="one", remedy="configure its network"
        )
    if not await asyncio.to_thread((options.state / HOST_FILE).exists):
        await _enrol(client, found, options)
    try:
        wanted = await client.live(found)
    except NotEnrolled:
        await _enrol(client, found, options)
        wanted = await client.live(found)
    if wanted:
        await client.announce(found)
        log.info("announced", digest=found.digest, mgmt_mac=found.announcement["mgmt_mac"])


async def _enrol(client: InventoryClient, found: Facts, options: AgentOptions) -> None:
    secret = await asyncio.to_thread(key.secret_in, options.enrolment_file)
    try:
        host = await client.enrol(found, secret)
    except NotEnrolled:
        raise Unavailable(
            "the inventory refuses to enrol this agent",
            expected="the enrolment secret of this platform, and a clock that is right to a minute",
            remedy="compare the secret with the platform's, and the clock with the controller's",
        ) from None
    await asyncio.to_thread((options.state / HOST_FILE).write_text, f"{host}\n")
    log.info("enrolled", host=host)
