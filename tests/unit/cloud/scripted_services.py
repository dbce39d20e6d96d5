"""Services of OpenStack that answer what a test says, and remember what they were asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sturnus.cloud.access import Access
from sturnus.core.errors import NotFound, Unavailable
from sturnus.identity.openstack_login import OpenStackLogin
from sturnus.kubernetes.service_proxy import Address, Answer

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
KEYSTONE = Address("keystone-api", 5000)
TOKENS = "/v3/auth/tokens"
REQUEST_ID = "0e3ab7d6-3a43-4c2b-8f7c-6a6c3f6e0b0d"


@dataclass
class Clock:
    time: datetime = NOW

    def now(self) -> datetime:
        return self.time


@dataclass(frozen=True)
class Asked:
    method: str
    service: str
    path: str
    headers: Mapping[str, str]
    body: Any

    @property
    def said(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class ScriptedServices:
    """`answers`: by "METHOD path", the longest beginning counts; a status is an error with that status."""

    answers: dict[str, Any] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    lifetime: timedelta = timedelta(hours=1)
    skew: timedelta = timedelta()  # of Keystone's clock
    password: str = "right"
    tokens: list[str] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)
    absent: frozenset[str] = frozenset()
    silent: bool = False
    requests: list[Asked] = field(default_factory=list)

    async def ask(self, method: str, to: Address, path: str, headers: Mapping[str, str], body: Any = None) -> Answer:
        self.requests.append(Asked(method, to.service, path, headers, body))
        if self.silent:
            raise Unavailable(f"{to.service} does not answer", expected="", remedy="")
        if to.service in self.absent:
            raise NotFound(f"there is no Service {to.service}", expected="", remedy="")
        if path == TOKENS:
            return self._token(body)
        if headers["X-Auth-Token"] not in self.tokens or headers["X-Auth-Token"] in self.revoked:
            return Answer(401, {}, {"error": {"message": "The request you have made requires authentication."}})
        found = max((key for key in self.answers if f"{method} {path}".startswith(key)), key=len, default=None)
        said = {} if found is None else self.answers[found]
        return (
            Answer(said, {}, {"itemNotFound": {"message": "as it is"}})
            if isinstance(said, int)
            else Answer(200, {}, said)
        )

    def access(self, directory: Path) -> Access:
        """As the VIM gets it."""
        (directory / "password").write_text("right\n")
        return Access(self, a_login(directory / "password"), KEYSTONE, self.clock, lambda: REQUEST_ID)

    @property
    def changes(self) -> list[tuple[str, Any]]:
        """What was asked for beside tokens and reading."""
        return [(each.said, each.body) for each in self.requests if each.method != "GET" and each.path != TOKENS]

    def _token(self, body: Any) -> Answer:
        if body["auth"]["identity"]["password"]["user"]["password"] != self.password:
            return Answer(401, {}, {"error": {"message": "The request you have made requires authentication."}})
        self.tokens.append(f"token {len(self.tokens) + 1}")
        issued, expires = (
            (self.clock.now() + self.skew + since).isoformat().replace("+00:00", ".000000Z")
            for since in (timedelta(), self.lifetime)
        )
        token = {"user": {"id": "u"}, "project": {"id": "p"}, "issued_at": issued, "expires_at": expires}
        return Answer(201, {"x-subject-token": self.tokens[-1]}, {"token": token})


def a_login(
    password_file: Path, auth_url: str = "http://keystone-api.openstack.svc.cluster.local:5000/v3"
) -> OpenStackLogin:
    return OpenStackLogin(auth_url, "vim", "services", "Users", "Projects", "RegionOne", password_file)
