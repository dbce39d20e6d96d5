"""The agent's loops. They remember nothing that matters: what to send follows from what the inventory says it has.

each second: heartbeat (`sturnus.agent.heartbeat`)
now and then, and when something changed: read facts -> sign of life with their digest -> announcement, if it is wanted
                                                        `- key not accepted -> enrol -> again
when the inventory says that there is one: ask for the order -> carry it out (`sturnus.agent.orders`)
                                                              |- apply the configuration (`sturnus.agent.configuring`)
                                                              `- serve guests, or not (`sturnus.agent.guest_services`)
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import structlog

from sturnus.agent import configuring, facts, guest_services, key, leaving, orders, own_host, puppet
from sturnus.agent.configuring import Configuring
from sturnus.agent.facts import Facts
from sturnus.agent.heartbeat import Heartbeat, News
from sturnus.agent.inventory_client import InventoryClient, Life, NotEnrolled
from sturnus.core.bells import rung_within
from sturnus.core.clock import Clock
from sturnus.core.errors import SturnusError, Unavailable

LOOK_EVERY: Final = timedelta(seconds=3)
"""Looks at the host itself; and signs of life as long as heartbeats do not arrive."""
LIVE_EVERY: Final = timedelta(seconds=60)
"""Signs of life by signed requests while nothing changes and heartbeats arrive: what the tables get to know."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AgentOptions:
    """What the command line says."""

    platform: str  # URL of the inventory
    enrolment_file: Path
    state: Path
    root: Path  # where /proc and /sys are
    ca_file: Path | None = None  # authorities by which the inventory's certificate is checked
    reboot_command: str = "reboot"
    puppet: Path | None = None  # modules to apply; None: those of this version


@dataclass(slots=True)
class _Said:
    """What was said last, so that it need not be said again."""

    digest: str
    boot: str
    at: float
    heartbeats_arrive: bool

    def is_enough(self, found: Facts, now: float) -> bool:
        period = LIVE_EVERY if self.heartbeats_arrive else LOOK_EVERY
        fresh = now - self.at < period.total_seconds() - 0.5  # a look that comes a little early is in time
        return fresh and (self.digest, self.boot) == (found.digest, found.boot)


async def run(options: AgentOptions, clock: Clock) -> None:
    """Run until cancelled. Invalid if the key is not as it must be; what may pass is tried again for ever."""
    own = await asyncio.to_thread(key.kept_in, options.state)
    client = await asyncio.to_thread(InventoryClient, options.platform, options.ca_file, own, clock)
    try:
        heartbeat = Heartbeat(client, urlsplit(options.platform).hostname or "")
        async with asyncio.TaskGroup() as group:
            group.create_task(heartbeat.run(), name="heartbeat")
            code = options.puppet or puppet.packaged_code()
            work = Configuring(client, options.state, options.root, code, group)
            group.create_task(_look_for_ever(client, options, heartbeat.news, work), name="looks")
    finally:
        await client.close()


async def _look_for_ever(client: InventoryClient, options: AgentOptions, news: News, work: Configuring) -> None:
    said: _Said | None = None
    while True:
        try:
            if news.refused:
                said, news.refused = None, False
            found = await _read(options)
            said, has_orders = await _speak(client, options, found, said)
            await leaving.leave_if_deleted(options.root, options.state)
            if news.orders_wait or has_orders:
                news.orders_wait = False
                if await _obey(client, options, found, work):
                    said = None  # the next sign of life says it, and is due at once
                    continue
        except SturnusError as error:
            log.warning("not heard", reason=error.message, remedy=error.remedy)
        except NotEnrolled:
            said = None
        except TimeoutError:
            log.warning("the cluster is not left in time, it is tried again")
        if await rung_within(news.arrived, LOOK_EVERY.total_seconds()):
            news.arrived.clear()


async def _read(options: AgentOptions) -> Facts:
    found = await asyncio.to_thread(facts.read, options.root)
    if found is None:
        raise Unavailable(
            "this host has no default route with an address", expected="one", remedy="configure its network"
        )
    return found


async def _speak(
    client: InventoryClient, options: AgentOptions, found: Facts, said: _Said | None
) -> tuple[_Said, bool]:
    """Give a sign of life if one is due, and the announcement if it is wanted. Also: whether there are orders."""
    now = asyncio.get_running_loop().time()
    if said is not None and said.is_enough(found, now):
        return said, False
    if await asyncio.to_thread(own_host.kept_in, options.state) is None:
        await _enrol(client, found, options)
    guests = await asyncio.to_thread(guest_services.kept_in, options.state)
    try:
        life = await client.live(found, guests)
    except NotEnrolled:
        await _enrol(client, found, options)
        life = await client.live(found, guests)
    if life.announce:
        await client.announce(found)
        log.info("announced", digest=found.digest, mgmt_mac=found.announcement["mgmt_mac"])
    _warn_if_deaf(said, life)
    return _Said(found.digest, found.boot, now, life.heartbeats_arrive), life.has_orders


def _warn_if_deaf(said: _Said | None, life: Life) -> None:
    """Say once that datagrams do not arrive; at the first sign of life none was sent yet."""
    if said is not None and said.heartbeats_arrive and not life.heartbeats_arrive:
        log.warning("heartbeats do not arrive", remedy="see that UDP to heartbeat_port of the inventory is let through")


async def _obey(client: InventoryClient, options: AgentOptions, found: Facts, work: Configuring) -> bool:
    """Do what is ordered; whether something changed that a sign of life says."""
    news = False
    for order in await client.orders(found.boot):
        match order.action:
            case configuring.ACTION:
                work.begin()
            case guest_services.ACTION:
                news |= await asyncio.to_thread(guest_services.bring, options.state, order.id)
            case _:
                await orders.carry_out(order, found.boot, options.state, options.reboot_command)
    return news


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
    await asyncio.to_thread(own_host.keep, options.state, host)
    log.info("enrolled", host=host)
