import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from sturnus.core.identity import Identity
from sturnus.identity.credentials import Credentials
from sturnus.identity.keystone_tokens import KeystoneTokens, KeystoneUnavailable, Verdict, identity_of

pytestmark = pytest.mark.anyio

DEFAULT = {"id": "default", "name": "Default"}
TOKEN = {
    "user": {"id": "u1", "name": "ann", "domain": DEFAULT},
    "project": {"id": "p1", "name": "admin", "domain": DEFAULT},
    "roles": [{"id": "r1", "name": "admin"}, {"id": "r2", "name": "reader"}],
    "expires_at": "2026-01-01T01:00:00.000000Z",
}
ANN = Identity("ann", "admin", frozenset({"admin", "reader"}), datetime(2026, 1, 1, 1, tzinfo=UTC))


@dataclass
class Server:
    """Keystone at the HTTP edge: service tokens are numbered, and only the newest is good."""

    issued: int = 0
    password: str = "right"
    subject: int = 200
    body: Any = field(default_factory=lambda: {"token": TOKEN})
    seen: list[httpx2.Request] = field(default_factory=list)
    failure: Exception | None = None
    silent: bool = False

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.seen.append(request)
        if self.failure is not None:
            raise self.failure
        if self.silent:
            await asyncio.Event().wait()
        if request.method == "POST":
            if json.loads(request.content)["auth"]["identity"]["password"]["user"]["password"] != self.password:
                return httpx2.Response(401, json={"error": {"code": 401}})
            self.issued += 1
            return httpx2.Response(201, headers={"X-Subject-Token": f"service-{self.issued}"}, json={})
        if request.headers["X-Auth-Token"] != f"service-{self.issued}":
            return httpx2.Response(401, json={"error": {"code": 401}})
        return httpx2.Response(self.subject, json=self.body)

    def methods(self) -> list[str]:
        return [request.method for request in self.seen]


@dataclass
class File:
    password: str = "right"

    def read(self) -> Credentials:
        return Credentials("sturnus", "services", self.password)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def file() -> File:
    return File()


@pytest.fixture
async def tokens(server: Server, file: File) -> AsyncIterator[KeystoneTokens]:
    client = httpx2.AsyncClient(base_url="http://keystone.test:5000", transport=httpx2.MockTransport(server))
    async with client:
        yield KeystoneTokens(client, file.read, deadline=timedelta(seconds=0.2))


async def test_a_good_token_becomes_an_identity(tokens: KeystoneTokens, server: Server) -> None:
    assert await tokens.ask("theirs") == ANN
    question = server.seen[-1]
    assert str(question.url) == "http://keystone.test:5000/v3/auth/tokens?nocatalog"
    assert question.headers["X-Subject-Token"] == "theirs"


async def test_our_own_token_is_fetched_once(tokens: KeystoneTokens, server: Server) -> None:
    async with asyncio.timeout(5):
        await asyncio.gather(*(tokens.ask(f"t{number}") for number in range(8)))
    assert server.methods().count("POST") == 1


async def test_our_own_token_is_fetched_anew_when_it_is_refused(tokens: KeystoneTokens, server: Server) -> None:
    await tokens.ask("theirs")
    server.issued += 1  # somebody else's: ours is no longer the newest
    server.seen.clear()
    assert await tokens.ask("theirs") == ANN
    assert server.methods() == ["GET", "POST", "GET"]


async def test_a_new_password_is_read_when_the_old_one_is_refused(
    tokens: KeystoneTokens, server: Server, file: File
) -> None:
    server.password = "new"
    with pytest.raises(KeystoneUnavailable, match="answered 401 to user sturnus"):
        await tokens.ask("theirs")
    file.password = "new"
    assert await tokens.ask("theirs") == ANN


async def test_unknown_and_revoked_tokens_are_refused(tokens: KeystoneTokens, server: Server) -> None:
    server.subject = 404
    assert await tokens.ask("theirs") is Verdict.REFUSED


@pytest.mark.parametrize("status", [403, 500, 503])
async def test_other_answers_say_nothing_about_the_token(tokens: KeystoneTokens, server: Server, status: int) -> None:
    server.subject = status
    with pytest.raises(KeystoneUnavailable, match=f"answered {status} to our service token"):
        await tokens.ask("theirs")


@pytest.mark.parametrize("body", [{}, [], {"token": {}}, {"token": {**TOKEN, "expires_at": "never"}}, "x"])
async def test_an_answer_that_is_not_keystones_is_no_answer(tokens: KeystoneTokens, server: Server, body: Any) -> None:
    server.body = body
    with pytest.raises(KeystoneUnavailable, match="not Keystone's"):
        await tokens.ask("theirs")


async def test_a_refused_connection_names_the_address_and_nothing_secret(
    tokens: KeystoneTokens, server: Server
) -> None:
    server.failure = httpx2.ConnectError("theirs right")
    with pytest.raises(KeystoneUnavailable) as caught:
        await tokens.ask("theirs")
    assert str(caught.value) == "the platform's Keystone cannot be asked: ConnectError at keystone.test:5000"


async def test_a_silent_keystone_costs_a_deadline(tokens: KeystoneTokens, server: Server) -> None:
    server.silent = True
    with pytest.raises(KeystoneUnavailable, match=r"no answer within 0\.2 s"):
        await tokens.ask("theirs")


async def test_a_password_file_that_cannot_be_read_is_named_as_the_reason(server: Server) -> None:
    def unreadable() -> Credentials:
        raise PermissionError(13, "Permission denied")

    async with httpx2.AsyncClient(base_url="http://k", transport=httpx2.MockTransport(server)) as client:
        with pytest.raises(KeystoneUnavailable, match="our own password cannot be read: Permission denied"):
            await KeystoneTokens(client, unreadable).ask("theirs")


def test_a_token_without_a_project_has_no_project_and_no_roles() -> None:
    unscoped = {key: TOKEN[key] for key in ("user", "expires_at")}
    assert identity_of(unscoped) == Identity("ann", "", frozenset(), ANN.expires)


def test_names_of_another_domain_are_never_mistaken_for_ours() -> None:
    other = {"id": "d2", "name": "Other"}
    named = {**TOKEN, "project": {"id": "p2", "name": "admin", "domain": other}}
    assert identity_of(named).project == "admin@d2"


def test_credentials_do_not_print_their_password() -> None:
    assert "right" not in repr(File().read())
