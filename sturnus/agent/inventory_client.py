"""The inventory as an agent sees it: a few requests, all of them signed, one after the other."""

from __future__ import annotations

import asyncio
import json
import ssl
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx2

from sturnus import tls
from sturnus.agent.facts import Facts
from sturnus.agent.key import AgentKey, proof_header
from sturnus.agent.orders import Order
from sturnus.agent.puppet import Configuration, DataFile, Outcome
from sturnus.core.clock import Clock
from sturnus.core.errors import Invalid, Unavailable
from sturnus.core.signed_requests import SignedRequest, stamp_of
from sturnus.core.states import GuestServices

DEADLINE: Final = timedelta(seconds=5)
AGENTS: Final = "/v1/sturnus/agents"


class NotEnrolled(Exception):
    """The inventory does not accept our key: it never heard of it, or our host was deleted."""


@dataclass(frozen=True, slots=True)
class Life:
    """What the inventory answers to a sign of life."""

    announce: bool  # it wants the announcement
    heartbeats_arrive: bool
    has_orders: bool


@dataclass(frozen=True, slots=True)
class Agreed:
    """The inventory's half of a session's key."""

    session: bytes
    public_key: bytes
    port: int  # UDP


class InventoryClient:
    """Sends what the agent has to say. Raises Unavailable when the inventory does not answer, or refuses."""

    def __init__(self, url: str, ca_file: Path | None, key: AgentKey, clock: Clock) -> None:
        """Take the inventory's address, and the authorities to trust (None: the operating system's).

        Invalid if the file of authorities is of no use.
        """
        self._http = httpx2.AsyncClient(
            base_url=url,
            timeout=DEADLINE.total_seconds(),
            trust_env=False,  # what the environment says of proxies is not meant for the platform's own network
            verify=_trusted(ca_file) if url.startswith("https:") else False,
        )
        self._url = url
        self._ca_file = ca_file
        self._key = key
        self._clock = clock
        self._last_stamp = 0
        self._turn = asyncio.Lock()  # a stamp that arrives after a later one is refused

    async def close(self) -> None:
        """Close the connection."""
        await self._http.aclose()

    async def enrol(self, facts: Facts, secret: str) -> str:
        """Have our key accepted; the uuid of our host. NotEnrolled: the secret is not the inventory's."""
        body = json.dumps({"public_key": self._key.public.hex(), "announcement": facts.announcement}).encode()
        return str((await self._send("POST", AGENTS, body, secret))["host_uuid"])

    async def live(self, facts: Facts, guests: GuestServices) -> Life:
        """Give a sign of life."""
        life = {"uptime": facts.uptime, "announcement": facts.digest, "boot": facts.boot, "guests": guests}
        said = await self._send("POST", f"{AGENTS}/self/life", json.dumps(life).encode())
        return Life(bool(said["announce"]), bool(said["heartbeats_arrive"]), bool(said["has_orders"]))

    async def agree(self, public_key: bytes) -> Agreed:
        """Agree on a session for heartbeats. Unavailable also if the answer makes no sense."""
        body = json.dumps({"public_key": public_key.hex()}).encode()
        said = await self._send("POST", f"{AGENTS}/self/session", body)
        try:
            return Agreed(bytes.fromhex(said["session"]), bytes.fromhex(said["public_key"]), int(said["port"]))
        except (KeyError, TypeError, ValueError):
            raise _unavailable("the inventory's answer about a session makes no sense") from None

    async def orders(self, boot: str) -> list[Order]:
        """Ask what we shall do."""
        said = await self._send("POST", f"{AGENTS}/self/orders", json.dumps({"boot": boot}).encode())
        return [Order(str(each["id"]), str(each["action"])) for each in said["orders"]]

    async def configuration(self) -> Configuration | None:
        """Ask what this host has to be; None: nothing yet. Unavailable also if the answer makes no sense."""
        said = (await self._send("POST", f"{AGENTS}/self/configuration", b"{}"))["configuration"]
        if said is None:
            return None
        try:
            files = tuple(DataFile(each["name"], bool(each["secret"]), each["text"]) for each in said["files"])
            return Configuration(said["target"], said["hostname"], files)
        except (KeyError, TypeError):
            raise _unavailable("the inventory's answer about the configuration makes no sense") from None

    async def attempted(self, target: str, outcome: Outcome) -> None:
        """Say what came of a run."""
        failures = [{"resource": each.resource, "reason": each.reason} for each in outcome.failures]
        body = {"target": target, "changed": outcome.changed, "failures": failures}
        await self._send("POST", f"{AGENTS}/self/configuration/attempts", json.dumps(body).encode())

    async def announce(self, facts: Facts) -> None:
        """Say what the host is made of."""
        await self._send("PUT", f"{AGENTS}/self/announcement", facts.body)

    def _request(self, method: str, path: str, body: bytes) -> SignedRequest:
        # Grows also while the clock is set back.
        self._last_stamp = max(stamp_of(self._clock.now()), self._last_stamp + 1)
        return SignedRequest(method, path, self._last_stamp, body)

    async def _send(self, method: str, path: str, body: bytes, secret: str | None = None) -> Any:
        async with self._turn:
            return await self._send_now(self._request(method, path, body), secret)

    async def _send_now(self, request: SignedRequest, secret: str | None) -> Any:
        headers = {"Content-Type": "application/json"} | self._key.headers(request)
        headers |= {} if secret is None else proof_header(secret, request)
        try:
            answer = await self._http.request(request.method, request.path, content=request.body, headers=headers)
            content = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            why = tls.failure(error, self._ca_file) or type(error).__name__
            raise _unavailable(f"the inventory does not answer at {self._url}: {why}") from error
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            raise NotEnrolled
        if answer.status_code != HTTPStatus.OK:
            raise _unavailable(_words(content) or f"the inventory answers {answer.status_code}")
        return content


def _trusted(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return tls.client_context(ca_file)
    except OSError as error:
        raise Invalid(
            f"The inventory's certificate cannot be checked: {tls.unreadable(ca_file or Path(), error)}.",
            expected="a file with the certificates of the authorities to trust, PEM",
            remedy="correct --ca-file",
        ) from error


def _words(content: Any) -> str | None:
    try:
        return str(json.loads(content["error_message"])["faultstring"])[:500]
    except (KeyError, TypeError, ValueError):
        return None


def _unavailable(message: str) -> Unavailable:
    return Unavailable(message, expected="an inventory that accepts what we send", remedy="see the inventory's log")
