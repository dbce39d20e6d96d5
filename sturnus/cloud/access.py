"""The VIM's way to OpenStack: Puppet's login, a token of it for as long as it is good, and who asks in each request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

from sturnus import __version__
from sturnus.cloud.session import Login, Services, Session, refusal, session
from sturnus.core.attempts import Attempts
from sturnus.core.clock import Clock
from sturnus.core.errors import Forbidden, NotFound, SturnusError, Unavailable
from sturnus.identity.openstack_login import OpenStackLogin
from sturnus.kubernetes.connection import Connection
from sturnus.kubernetes.service_proxy import Address, ServiceProxy

USER_AGENT: Final = f"sturnus-vim/{__version__}"
REQUEST_MARK: Final = "53747572"
"""How the id of each request begins: Nova's log of requests has no user agents, but the ids that callers give."""
DEADLINE: Final = 20.0
"""Seconds for one request: a page of a large cloud's servers takes its time."""
AHEAD: Final = timedelta(minutes=2)
"""A token is replaced so long before its end; one of a short life after half of that."""
UNAUTHORIZED: Final = 401

T = TypeVar("T")


@dataclass(slots=True)
class Access:
    """Requests as the VIM's user. Nothing is asked before somebody wants something."""

    services: Services
    login: OpenStackLogin
    keystone: Address
    clock: Clock
    new_id: Callable[[], str]
    _session: Session | None = None
    _good_until: datetime | None = None  # by our own clock, which need not be Keystone's; None: who knows
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _attempts: Attempts = field(default_factory=Attempts)

    @classmethod
    def through(cls, connection: Connection, login: OpenStackLogin, clock: Clock, new_id: Callable[[], str]) -> Self:
        """By way of the API server. Unavailable: the login names no Service of the cluster."""
        keystone, namespace = place_of(login.auth_url)
        return cls(ServiceProxy(connection, namespace, DEADLINE), login, keystone, clock, new_id)

    async def send(
        self, method: str, to: Address, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Send a request; return the body of the answer. A token that is refused is replaced once.

        Raises:
            NotFound, Forbidden, Conflict, Invalid: as the service says.
            Unavailable: nobody answers, the service fails, there is no password, or Keystone does not take it.

        """
        sent = {**self._signature(), **(headers or {})}
        current = await self._current(None)
        answer = await _reaching(current.exchange(method, to, path, body, sent))
        if answer.status == UNAUTHORIZED:
            current = await self._current(current)
            answer = await _reaching(current.exchange(method, to, path, body, sent))
        if answer.is_error:
            error = refusal(to, f"{method} {path}", answer)
            raise unavailable(error) if answer.status == UNAUTHORIZED else error
        return answer.body

    async def get(self, to: Address, path: str, headers: Mapping[str, str] | None = None) -> Any:
        """Read. Raises as `send`."""
        return await self.send("GET", to, path, None, headers)

    def _signature(self) -> Mapping[str, str]:
        """Who asks, for access logs; and an id, which OpenStack's services write into theirs and pass on."""
        number = REQUEST_MARK + self.new_id()[len(REQUEST_MARK) :]
        return {"User-Agent": USER_AGENT, "X-OpenStack-Request-ID": f"req-{number}"}

    async def _current(self, refused: Session | None) -> Session:
        """The session; a new one if there is none, if it ends soon, or if it is the one that was refused."""
        async with self._turn:
            now, known = self.clock.now(), self._session
            ended = self._good_until is not None and now >= self._good_until
            if known is None or known is refused or ended:
                with self._attempts.one():
                    known = self._session = await self._new()
                lifetime = known.lifetime
                self._good_until = None if lifetime is None else now + max(lifetime - AHEAD, lifetime / 2)
            return known

    async def _new(self) -> Session:
        """Ask for one. A password that is refused is no answer to what somebody wants: it may be changed just now."""
        password = await asyncio.to_thread(self._password)
        login = Login(
            self.login.username, password, self.login.project, self.login.user_domain, self.login.project_domain
        )
        try:
            return await _reaching(session(self.services, login, self.keystone, self._signature()))
        except Forbidden as error:
            raise unavailable(error) from error
        except (KeyError, TypeError, ValueError) as error:
            raise Unavailable(
                f"{self.keystone.service} gave a token that makes no sense ({type(error).__name__})",
                expected="an answer of Keystone",
                remedy="kubectl -n openstack get pods -l application=keystone",
            ) from error

    def _password(self) -> str:
        try:
            return self.login.password_file.read_text().strip()
        except OSError as error:
            raise Unavailable(
                f"OpenStack's password cannot be read: {error}",
                expected="a file that Puppet wrote",
                remedy=f"ls -l {self.login.password_file}",
            ) from error


async def _reaching(asked: Awaitable[T]) -> T:
    """Await a request. A Service that is not there does not answer: NotFound is for servers and the like."""
    try:
        return await asked
    except NotFound as error:
        raise unavailable(error) from error


def unavailable(error: SturnusError) -> Unavailable:
    """The same words, for who can only wait."""
    return Unavailable(error.message, expected=error.expected, remedy=error.remedy)


def place_of(auth_url: str) -> tuple[Address, str]:
    """The Service of Keystone, and its namespace: http://SERVICE.NAMESPACE.svc.DOMAIN:PORT/v3."""
    parts = urlsplit(auth_url)
    names = (parts.hostname or "").split(".")
    if len(names) < 3 or names[2] != "svc" or parts.port is None:
        raise Unavailable(
            f"{auth_url} names no Service of the cluster",
            expected="http://keystone-api.openstack.svc.cluster.local:5000/v3",
            remedy="look at /etc/nfv/nfv_plugins/nfvi_plugins/config.ini",
        )
    return Address(names[0], parts.port), names[1]
