"""Refuses bodies that are larger than any request needs, and keeps nothing of them.

FastAPI's own limit answers in plain text, which the public clients cannot read.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sturnus.api.errors import error_response

DRAINED: Final = 16
"""How many times the limit is read in all; who sends more finds the connection closed."""


class BodyLimit:
    """Middleware: 413 in the usual form."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("Content-Length", "")
        if announced.isdecimal() and int(announced[:20]) > self._limit:
            await self._drain(receive)
            await self._too_large()(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                if message.get("more_body"):
                    await self._drain(receive)
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._message)
            return message

        await self._app(scope, counted, send)

    async def _drain(self, receive: Receive) -> None:
        """Read on for a while and keep nothing: a client that still sends would not read our answer."""
        drained = 0
        while drained < self._limit * DRAINED:
            message = await receive()
            drained += len(message.get("body", b""))
            if not message.get("more_body"):
                return

    @property
    def _message(self) -> str:
        return f"The body is larger than {self._limit} bytes"

    def _too_large(self) -> ASGIApp:
        return error_response(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"{self._message}.",
            expected=f"at most {self._limit} bytes",
            remedy="send less at once",
        )
