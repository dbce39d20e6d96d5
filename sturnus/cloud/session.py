"""OpenStack's own API, as one user of one project: a token, and requests with it. Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sturnus.core.errors import Conflict, Forbidden, Invalid, NotFound, SturnusError, Unavailable
from sturnus.kubernetes.service_proxy import Address, Answer

KEYSTONE: Final = Address("keystone-api", 5000)
PLACEMENT: Final = Address("placement-api", 8778)
GLANCE: Final = Address("glance-api", 9292)
NOVA: Final = Address("nova-api", 8774)
NEUTRON: Final = Address("neutron-server", 9696)

MICROVERSION: Final = {"OpenStack-API-Version": "compute 2.90"}


class Services(Protocol):
    """HTTP to Services of the application: `kubernetes.service_proxy.ServiceProxy`, or a scripted one."""

    async def ask(self, method: str, to: Address, path: str, headers: Mapping[str, str], body: Any = None) -> Answer:
        """Send a request. Raises NotFound (no such Service) and Unavailable (nobody behind it answers)."""
        ...


@dataclass(frozen=True, slots=True)
class Login:
    """A user, and the project that he works in."""

    user: str
    password: str
    project: str
    user_domain: str = "Default"
    project_domain: str = "Default"

    def __repr__(self) -> str:
        """Name it without its password: it is never in a log or an error."""
        return f"Login({self.user} in {self.project})"


def administrator(password: str) -> Login:
    """The first user of Keystone, and his project (`keystone-manage bootstrap`)."""
    return Login("admin", password, "admin")


@dataclass(frozen=True, slots=True)
class Session:
    """What a user may do for as long as his token is valid (an hour)."""

    services: Services
    token: str
    user_id: str
    project_id: str
    catalogue: frozenset[tuple[str, str]]  # (type of service, region)
    lifetime: timedelta | None = None  # when it was new, by Keystone's clock alone; None: Keystone does not say

    def __repr__(self) -> str:
        """Name it without its token."""
        return f"Session({self.user_id})"

    async def get(self, to: Address, path: str) -> Any:
        """Read. Raises as `send`."""
        return await self.send("GET", to, path)

    async def post(self, to: Address, path: str, body: Any) -> Any:
        """Make. Raises as `send`."""
        return await self.send("POST", to, path, body)

    async def delete(self, to: Address, path: str) -> None:
        """Delete; what is gone already is no error. Raises as `send`."""
        try:
            await self.send("DELETE", to, path)
        except NotFound:
            return

    async def send(
        self, method: str, to: Address, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Send a request; return the body of the answer.

        Raises:
            NotFound, Forbidden, Conflict, Invalid: as the service says.
            Unavailable: nobody answers, or the service fails.

        """
        answer = await self.exchange(method, to, path, body, headers)
        if answer.is_error:
            raise refusal(to, f"{method} {path}", answer)
        return answer.body

    async def exchange(
        self, method: str, to: Address, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request; return the answer, whatever it says. Raises as `Services.ask`."""
        wanted = {"X-Auth-Token": self.token, **(MICROVERSION if to == NOVA else {}), **(headers or {})}
        return await self.services.ask(method, to, path, wanted, body)


async def session(
    services: Services, login: Login, keystone: Address = KEYSTONE, headers: Mapping[str, str] | None = None
) -> Session:
    """Ask Keystone for a token.

    Raises:
        Forbidden: Keystone does not know the user with this password, or not in this project.
        Unavailable: Keystone does not answer.

    """
    user = {"name": login.user, "password": login.password, "domain": {"name": login.user_domain}}
    asked = {
        "auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": login.project, "domain": {"name": login.project_domain}}},
        }
    }
    answer = await services.ask("POST", keystone, "/v3/auth/tokens", headers or {}, asked)
    if answer.is_error:
        raise refusal(keystone, f"a token for {login.user}", answer)
    token = answer.body["token"]
    catalogue = {
        (service["type"], endpoint["region_id"])
        for service in token.get("catalog") or ()
        for endpoint in service.get("endpoints") or ()
        if endpoint.get("interface") == "public"
    }
    subject = answer.headers.get("x-subject-token", "")
    lifetime = _lifetime(token)
    return Session(services, subject, token["user"]["id"], token["project"]["id"], frozenset(catalogue), lifetime)


def _lifetime(token: Mapping[str, Any]) -> timedelta | None:
    if "expires_at" not in token or "issued_at" not in token:
        return None
    return datetime.fromisoformat(token["expires_at"]) - datetime.fromisoformat(token["issued_at"])


def refusal(to: Address, what: str, answer: Answer) -> SturnusError:
    """What an error of a service means, in its own words."""
    message = f"{to.service} refuses {what}: {_words(answer)} ({answer.status})"
    remedy = f"kubectl -n openstack logs -l application --tail 50 (Service {to.service})"
    match answer.status:
        case 400:
            return Invalid(message, expected="a request that can be carried out", remedy=remedy)
        case 401 | 403:
            return Forbidden(message, expected="a user who may do that", remedy=remedy)
        case 404:
            return NotFound(message, expected="something that exists", remedy=remedy)
        case 409:
            return Conflict(message, expected="something that is not there yet", remedy=remedy)
        case _:
            return Unavailable(message, expected="a service that works", remedy=remedy)


def _words(answer: Answer) -> str:
    """The sentence in the body: each service wraps it differently."""
    body = answer.body
    if isinstance(body, dict):
        for inner in (*body.values(), body):
            if isinstance(inner, dict) and isinstance(inner.get("message"), str):
                return str(inner["message"])[:300]
    return str(body or "no reason given")[:300]
