"""What Keystone is asked about tokens, and what its answers mean. No memory but our own service token.

Requests: Keystone API v3, "Authentication and token management". A Keystone that does not answer says nothing about a
token, so that is an error, while a refusal is a value.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from enum import Enum
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx2

from sturnus import tls
from sturnus.core.errors import Invalid, Unavailable
from sturnus.core.identity import Identity
from sturnus.identity.credentials import ReadCredentials

DEADLINE: Final = timedelta(seconds=5)
"""For one question, a new service token included. Issuing one costs Keystone 0.3 s (reference/openstack.md §9)."""

RETRY_AFTER: Final = timedelta(seconds=5)

DEFAULT_DOMAIN: Final = "default"


def client_for(url: str, ca_file: Path | None) -> httpx2.AsyncClient:
    """Make a client for Keystone at `url` (without `/v3`). No proxy from the environment: tokens go nowhere else.

    `ca_file`: the authorities to trust; None: the operating system's. Invalid if it is of no use.
    """
    try:
        verify = tls.client_context(ca_file) if url.startswith("https:") else False
    except OSError as error:
        raise Invalid(
            f"Keystone's certificate cannot be checked: {tls.unreadable(ca_file or Path(), error)}.",
            expected="a file with the certificates of the authorities to trust, PEM",
            remedy="correct keystone_ca_file",
        ) from error
    return httpx2.AsyncClient(base_url=url, timeout=DEADLINE.total_seconds(), trust_env=False, verify=verify)


class Verdict(Enum):
    """What Keystone says of a token that is not good."""

    REFUSED = "unknown, expired or revoked: Keystone answers 404 to all three"


class KeystoneUnavailable(Unavailable):
    """Whether a token is good cannot be told now. `retry_after` goes into the answer's header of that name."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the platform's Keystone cannot be asked: {reason}",
            expected="an answer from Keystone",
            remedy="see why on the active controller: python -m sturnus.identity.keystone health",
        )
        self.reason = reason
        self.retry_after = RETRY_AFTER


def unreachable(error: Exception, url: str, ca_file: Path | None) -> KeystoneUnavailable:
    """Say why no connection came about."""
    return KeystoneUnavailable(f"{tls.failure(error, ca_file) or type(error).__name__} at {url}")


class ServiceToken:
    """A token of one of the platform's users, fetched from Keystone when it is needed first."""

    def __init__(self, keystone: httpx2.AsyncClient, credentials: ReadCredentials) -> None:
        """Take a client whose base_url is Keystone's address without `/v3`."""
        self._keystone = keystone
        self._credentials = credentials
        self._token: str | None = None
        self._fetching = asyncio.Lock()

    async def get(self, *, refused: str | None) -> str:
        """The token; a new one, fetched once for all who found the same one `refused`.

        Raises:
            KeystoneUnavailable: there is none to be had.
            httpx2.HTTPError: Keystone does not answer.

        """
        async with self._fetching:
            if self._token is not None and self._token != refused:
                return self._token
            self._token = None
            try:
                credentials = await asyncio.to_thread(self._credentials)  # anew: it may be another password by now
            except OSError as error:
                raise KeystoneUnavailable(f"our own password cannot be read: {error.strerror}") from None
            answer = await self._keystone.post("/v3/auth/tokens", json=credentials.request_body())
            if answer.status_code != HTTPStatus.CREATED:
                raise KeystoneUnavailable(f"it answered {answer.status_code} to user {credentials.username}")
            self._token = str(answer.headers["X-Subject-Token"])
            return self._token


class KeystoneTokens:
    """Asks with a token of our own, fetched when first needed and again when Keystone refuses it."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        credentials: ReadCredentials,
        *,
        ca_file: Path | None = None,
        deadline: timedelta = DEADLINE,
    ) -> None:
        """Take a client whose base_url is Keystone's address without `/v3`; `ca_file` is named when TLS fails."""
        self._client = client
        self._ca_file = ca_file
        self._deadline = deadline
        self._own = ServiceToken(client, credentials)

    async def ask(self, token: str) -> Identity | Verdict:
        """Ask about one token. Raises KeystoneUnavailable when no answer comes that means anything."""
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                return await self._ask(token)
        except (TimeoutError, httpx2.TimeoutException):
            raise KeystoneUnavailable(f"no answer within {self._deadline.total_seconds():g} s") from None
        except httpx2.HTTPError as error:
            raise unreachable(error, self._client.base_url.netloc.decode(), self._ca_file) from None
        except (KeyError, TypeError, ValueError) as error:
            # The body is not shown: it may hold what is secret.
            raise KeystoneUnavailable(f"an answer that is not Keystone's ({type(error).__name__})") from None

    async def _ask(self, token: str) -> Identity | Verdict:
        own = await self._own.get(refused=None)
        answer = await self._validate(own, token)
        if answer.status_code == HTTPStatus.UNAUTHORIZED:  # our own token ended, or Keystone was set up anew
            own = await self._own.get(refused=own)
            answer = await self._validate(own, token)
        match answer.status_code:
            case HTTPStatus.OK:
                return identity_of(answer.json()["token"])
            case HTTPStatus.NOT_FOUND:
                return Verdict.REFUSED
            case status:
                raise KeystoneUnavailable(f"it answered {status} to our service token")

    async def _validate(self, own: str, token: str) -> httpx2.Response:
        # The catalog would be nine tenths of the answer, and nobody here reads it.
        headers = {"X-Auth-Token": own, "X-Subject-Token": token}
        return await self._client.get("/v3/auth/tokens?nocatalog", headers=headers)


def identity_of(token: dict[str, Any]) -> Identity:
    """Read the `token` object of Keystone's answer. An unscoped token has no project and no roles."""
    project = token.get("project")
    return Identity(
        user=_name(token["user"]),
        project=_name(project) if project else "",
        roles=frozenset(role["name"] for role in token.get("roles", ())),
        expires=datetime.fromisoformat(token["expires_at"]),
    )


def _name(named: dict[str, Any]) -> str:
    """Write a name of another domain as `name@domain`: whoever makes a project `admin` there is no admin here."""
    domain = named["domain"]["id"]
    return str(named["name"]) if domain == DEFAULT_DOMAIN else f"{named['name']}@{domain}"
