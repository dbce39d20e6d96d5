"""Refuses bodies that are larger than any request needs, and keeps nothing of them.

FastAPI's own limit answers in plain text, which the public clients cannot read. It also reads and decodes a body before
it asks whose request that is: where much may be sent, the token is looked at here, before anything is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sturnus.api import errors
from sturnus.api.authentication import Authenticator, Unauthorized, whose
from sturnus.core.errors import SturnusError

DRAINED: Final = 16
"""How many times the limit is read in all; who sends more finds the connection closed."""


class BodyLimit:
    """Middleware: 413 in the usual form; 401 or 503 instead of a larger limit for somebody unknown."""

    def __init__(self, app: ASGIApp, limit: int, authenticator: Authenticator, larger: Mapping[str, int]) -> None:
        self._app = app
        self._default = limit
        self._authenticator = authenticator
        self._larger = larger  # limits of certain paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = self._larger.get(scope["path"], self._default)
        refused = await self._refused(headers, limit)
        if refused is not None:
            await self._drain(receive)
            await refused(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                if message.get("more_body"):
                    await self._drain(receive)
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _message(limit))
            return message

        await self._app(scope, counted, send)

    async def _refused(self, headers: Headers, limit: int) -> ASGIApp | None:
        """Answer what can be refused by its headers alone; None: nothing speaks against reading it."""
        if limit > self._default:
            try:
                await whose(headers, self._authenticator)
            except Unauthorized:
                return errors.unauthorized()
            except SturnusError as error:
                return errors.refusal(error)
        announced = headers.get("Content-Length", "")
        if announced.isdecimal() and int(announced[:20]) > limit:
            return _too_large(limit)
        return None

    async def _drain(self, receive: Receive) -> None:
        """Read on for a while and keep nothing: a client that still sends would not read our answer."""
        drained = 0
        while drained < self._default * DRAINED:
            message = await receive()
            drained += len(message.get("body", b""))
            if not message.get("more_body"):
                return


def _message(limit: int) -> str:
    return f"The body is larger than {limit} bytes"


def _too_large(limit: int) -> ASGIApp:
    return errors.error_response(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"{_message(limit)}.",
        expected=f"at most {limit} bytes",
        remedy="send less at once",
    )
