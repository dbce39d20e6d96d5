"""The agent's heartbeat: a datagram each second. Sends, whatever else the agent waits for, and remembers one session.

An answer can do two things and no more: have us agree on a session anew, or have us ask for orders. Both are signed
requests; whoever forges an answer makes us send one, and not more often than `AGREE_EVERY`.
"""

from __future__ import annotations

import asyncio
import random
import socket
from dataclasses import dataclass, field
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sturnus.agent.inventory_client import InventoryClient, NotEnrolled
from sturnus.core import heartbeats
from sturnus.core.errors import SturnusError
from sturnus.core.heartbeats import Kind, SessionKeys

AGREE_EVERY: Final = 5.0
"""Seconds between two attempts to agree on a session, at least."""
SPREAD: Final = 2.0
"""Seconds over which the agents of all hosts spread when an inventory has begun anew."""
LATE_ANSWERS: Final = 10
"""Heartbeats that an answer may be behind."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class _Session:
    name: bytes
    keys: SessionKeys
    counter: int = 0


class _Answers(asyncio.DatagramProtocol):
    def __init__(self, heartbeat: Heartbeat) -> None:
        self._heartbeat = heartbeat

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._heartbeat.answered(data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there now: the next heartbeat tries again."""


@dataclass(slots=True)
class News:
    """What the other loop has to see to."""

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    orders_wait: bool = False
    refused: bool = False  # our key was not accepted


class Heartbeat:
    """The loop, and what it has heard."""

    def __init__(self, client: InventoryClient, host: str) -> None:
        self._client = client
        self._host = host
        self._session: _Session | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._agreed_at: float | None = None  # the last attempt
        self.news = News()

    async def run(self) -> None:
        """Beat until cancelled."""
        loop = asyncio.get_running_loop()
        agreeing: asyncio.Task[None] | None = None
        try:
            while True:
                due = loop.time() + heartbeats.EVERY
                if self._session is None and (agreeing is None or agreeing.done()) and self._may_agree(loop.time()):
                    agreeing = asyncio.create_task(self._agree(), name="agree on a session")
                self._beat()
                await asyncio.sleep(max(0.0, due - loop.time()))
        finally:
            if agreeing is not None:
                agreeing.cancel()
                await asyncio.gather(agreeing, return_exceptions=True)
            self._hang_up()

    def answered(self, datagram: bytes) -> None:
        """Take in an answer, which may be anybody's."""
        session, heading = self._session, heartbeats.heading_of(datagram)
        if session is None or heading is None or heading.session != session.name:
            return
        if not session.counter - LATE_ANSWERS < heading.counter <= session.counter:
            return
        if heading.kind is Kind.UNKNOWN:
            self._session = None
        elif heading.kind is Kind.ASK and heartbeats.is_good(datagram, session.keys.to_agent):
            self.news.orders_wait = True
            self.news.arrived.set()

    def _beat(self) -> None:
        session, transport = self._session, self._transport
        if session is None or transport is None:
            return
        session.counter += 1
        transport.sendto(heartbeats.sealed(Kind.HEARTBEAT, session.name, session.counter, session.keys.to_inventory))

    def _may_agree(self, now: float) -> bool:
        return self._agreed_at is None or now - self._agreed_at > AGREE_EVERY

    async def _agree(self) -> None:
        loop = asyncio.get_running_loop()
        if self._agreed_at is not None:
            await asyncio.sleep(random.uniform(0, SPREAD))  # noqa: S311 -- no secret
        self._agreed_at = loop.time()
        own = X25519PrivateKey.generate()
        try:
            agreed = await self._client.agree(own.public_key().public_bytes_raw())
            keys = heartbeats.agreed(own, agreed.public_key, agreed.session)
            await self._call(agreed.port)
        except NotEnrolled:
            self.news.refused = True
            self.news.arrived.set()
            return
        except (SturnusError, OSError, ValueError) as error:
            log.warning("no session", reason=str(error))
            return
        self._session = _Session(agreed.session, keys)
        self._beat()
        log.info("heard from now on", port=agreed.port)

    async def _call(self, port: int) -> None:
        self._hang_up()
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Answers(self), remote_addr=(self._host, port), family=socket.AF_UNSPEC
        )

    def _hang_up(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None
