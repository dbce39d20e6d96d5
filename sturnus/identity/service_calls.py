"""Calls of one of the platform's programs to another, with a token of its own that is renewed when it is refused."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Any, Final, Protocol

import httpx2

from sturnus import tls
from sturnus.core.errors import Unavailable

DEADLINE: Final = 5.0
"""Seconds for one call, a new token included (reference/inventory.md §9)."""


class Token(Protocol):
    """What a call is made with: `keystone_tokens.ServiceToken`, or a scripted one."""

    async def get(self, *, refused: str | None) -> str:
        """The token; a new one in place of that which was `refused`. KeystoneUnavailable: there is none to be had."""
        ...


class ServiceCalls:
    """Another program's API, by JSON."""

    def __init__(self, what: str, client: httpx2.AsyncClient, token: Token, user_agent: str) -> None:
        """Take a client whose base_url is the other's address; `what` names the other in messages."""
        self._what = what
        self._client = client
        self._token = token
        self._user_agent = user_agent

    async def request(
        self, method: str, path: str, body: object = None, *, deadline: float = DEADLINE
    ) -> tuple[int, Any]:
        """Return the status and what was said, None if nothing was. Unavailable: no answer, or it is out of order.

        `deadline`: seconds for the call, a new token included.
        """
        try:
            async with asyncio.timeout(deadline):
                token = await self._token.get(refused=None)
                answer = await self._send(method, path, body, token, deadline)
                if answer.status_code == HTTPStatus.UNAUTHORIZED:
                    answer = await self._send(method, path, body, await self._token.get(refused=token), deadline)
        except (httpx2.HTTPError, TimeoutError) as error:
            why = tls.failure(error, None) or str(error) or type(error).__name__
            raise _unavailable(f"{self._what} does not answer: {why}") from error
        try:
            said = json.loads(answer.content) if answer.content else None
        except ValueError:
            said = None
        if answer.is_server_error or answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise _unavailable(f"{self._what} answered {answer.status_code} to {method} {path}")
        return answer.status_code, said

    async def _send(self, method: str, path: str, body: object, token: str, deadline: float) -> httpx2.Response:
        headers = {"X-Auth-Token": token, "User-Agent": self._user_agent, "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body)
        return await self._client.request(method, path, headers=headers, content=content, timeout=deadline)


def _unavailable(message: str) -> Unavailable:
    return Unavailable(message, expected=f"an answer within {DEADLINE:.0f} s", remedy="sturnus doctor")
