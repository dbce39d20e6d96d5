"""Who may send how much, and how much of the rest reaches anybody."""

import asyncio
import json
from dataclasses import dataclass, field

import pytest
from starlette.types import Message, Receive, Scope, Send

from sturnus.api.body_limit import BodyLimit
from sturnus.core.errors import Unavailable
from sturnus.core.identity import Identity, Unauthorized

LIMIT, LARGER = 1_000, 50_000
CHUNK = b"x" * 500


class ScriptedAuthenticator:
    async def authenticate(self, token: str) -> Identity:
        if token == "keystone-is-away":
            raise Unavailable("the platform's Keystone cannot be asked", expected="", remedy="")
        if token != "good":
            raise Unauthorized
        return Identity("admin", "admin", frozenset())


@dataclass
class Exchange:
    """One request by chunks, to an application that reads all of its body."""

    path: str
    chunks: int
    token: str | None
    reached: int = 0  # bytes that the application got
    sent: list[Message] = field(default_factory=list)

    async def run(self) -> "Exchange":
        headers = [] if self.token is None else [(b"x-auth-token", self.token.encode())]
        scope = {"type": "http", "method": "POST", "path": self.path, "headers": headers, "query_string": b""}
        limited = BodyLimit(self._application, LIMIT, ScriptedAuthenticator(), {"/large": LARGER})
        await limited(scope, self._receive, self._send)
        return self

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def sentence(self) -> str:
        fault = json.loads(json.loads(self.sent[1]["body"])["error_message"])
        sentence: str = fault["faultstring"]
        return sentence

    async def _application(self, scope: Scope, receive: Receive, send: Send) -> None:
        more = True
        while more:
            message = await receive()
            self.reached += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def _receive(self) -> Message:
        self.chunks -= 1
        return {"type": "http.request", "body": CHUNK, "more_body": self.chunks > 0}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)


def exchange(path: str, chunks: int, token: str | None) -> Exchange:
    return asyncio.run(Exchange(path, chunks, token).run())


def test_whoever_has_a_token_may_send_what_is_large_where_that_is_needed() -> None:
    done = exchange("/large", chunks=20, token="good")

    assert (done.status, done.reached) == (200, 20 * len(CHUNK))


@pytest.mark.parametrize(
    ("token", "status", "sentence"),
    [
        (None, 401, "The request requires authentication."),
        ("made-up", 401, "The request requires authentication."),
        ("keystone-is-away", 503, "the platform's Keystone cannot be asked"),
    ],
)
def test_of_what_is_large_nothing_is_kept_for_somebody_unknown(token: str | None, status: int, sentence: str) -> None:
    """Used to be decoded first: 64 MiB of brackets from anybody stopped the server for seconds."""
    done = exchange("/large", chunks=20, token=token)

    assert (done.status, done.sentence, done.reached) == (status, sentence, 0)
    assert done.chunks == 0  # read to its end: whoever still sends would not read the answer


def test_elsewhere_the_usual_limit_holds_and_nobody_is_asked() -> None:
    done = exchange("/small", chunks=2, token="keystone-is-away")

    assert (done.status, done.reached) == (200, 2 * len(CHUNK))
