"""Keystone's API with the administrator's token: look at everything, carry out one change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import httpx2

from sturnus.core.errors import Unavailable
from sturnus.identity.credentials import Credentials
from sturnus.identity.keystone import entities as e
from sturnus.identity.keystone.entity_requests import DOMAIN, Request, request_for
from sturnus.identity.keystone.wanted import ADMIN, USERS

REVOCATION: Final = timedelta(seconds=10)
"""How long a fresh token may be refused after a change of password: a second, and what a busy machine adds."""


async def token_for(client: httpx2.AsyncClient, credentials: Credentials) -> str | None:
    """Ask for a token. None when Keystone refuses: password, user or project are not as the credentials say."""
    answer = await client.post("/v3/auth/tokens", json=credentials.request_body())
    if answer.status_code == httpx2.codes.UNAUTHORIZED:
        return None
    _expect_success(answer)
    return str(answer.headers["X-Subject-Token"])


async def accepted_token_for(client: httpx2.AsyncClient, credentials: Credentials) -> str | None:
    """Ask for a token until Keystone takes it; None when it refuses to give one.

    A new password revokes all tokens that were issued before, and Keystone counts in whole seconds: one that is issued
    in the same second is revoked too.
    """
    try:
        async with asyncio.timeout(REVOCATION.total_seconds()):
            while (token := await token_for(client, credentials)) is not None:
                headers = {"X-Auth-Token": token, "X-Subject-Token": token}
                if (await client.get("/v3/auth/tokens", headers=headers)).status_code == httpx2.codes.OK:
                    return token
                await asyncio.sleep(0.2)
    except TimeoutError:
        pass
    return None


class Administration:
    """One bootstrap's access. The client's timeout is the deadline of each call."""

    def __init__(self, client: httpx2.AsyncClient, token: str, passwords: Mapping[str, str]) -> None:
        """Take a token of the administrator's; when it ends meanwhile, the next is fetched with the password."""
        self._client = client
        self._token = token
        self._passwords = passwords

    async def look(self) -> e.Entities:
        """Read all that the bootstrap decides from: eight lists, and a token for each of our users."""
        projects = await self._list("projects", domain_id=DOMAIN)
        users = await self._list("users", domain_id=DOMAIN)
        return e.Entities(
            roles={role["name"]: role["id"] for role in await self._list("roles")},
            implications=frozenset(
                (inference["prior_role"]["name"], implied["name"])
                for inference in await self._list("role_inferences")
                for implied in inference["implies"]
            ),
            projects={project["name"]: e.FoundProject(project["id"], project["enabled"]) for project in projects},
            users=await self._users(users),
            grants=_grants(await self._list("role_assignments", include_names="true")),
            regions=frozenset(region["id"] for region in await self._list("regions")),
            services=tuple(
                e.FoundService(service["id"], service["type"], service.get("name", ""), service["enabled"])
                for service in await self._list("services")
            ),
            endpoints=tuple(
                e.FoundEndpoint(
                    end["id"], end["service_id"], end["interface"], end["region_id"] or "", end["url"], end["enabled"]
                )
                for end in await self._list("endpoints")
            ),
        )

    async def carry_out(self, change: e.EntityChange, found: e.Entities) -> None:
        """Do one change. What exists meanwhile, or is gone, counts as done: the next look decides."""
        request = request_for(change, found, self._passwords)
        answer = await self._send(request)
        if answer.status_code not in {httpx2.codes.CONFLICT, httpx2.codes.NOT_FOUND}:
            _expect_success(answer)

    async def _users(self, users: list[dict[str, Any]]) -> dict[str, e.FoundUser]:
        ours = {user.name: user for user in USERS}
        found = {}
        for user in users:
            if (wanted := ours.get(user["name"])) is None:
                continue
            # The administrator's was accepted: its token is what we ask with.
            accepted = wanted.name == ADMIN or await self._accepts(user["id"], wanted.name)
            found[wanted.name] = e.FoundUser(user["id"], user["enabled"], accepted)
        return found

    async def _accepts(self, user_id: str, name: str) -> bool:
        """Whether the password opens the user, even while it has no role anywhere (an unscoped token)."""
        user = {"id": user_id, "password": self._passwords[name]}
        body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": "unscoped"}}
        answer = await self._client.post("/v3/auth/tokens", json=body)
        if answer.status_code == httpx2.codes.UNAUTHORIZED:
            return False
        _expect_success(answer)
        return True

    async def _list(self, collection: str, **query: str) -> list[dict[str, Any]]:
        answer = await self._send(Request("GET", f"/v3/{collection}"), query)
        _expect_success(answer)
        items: list[dict[str, Any]] = answer.json()[collection]
        return items

    async def _send(self, request: Request, query: Mapping[str, str] | None = None) -> httpx2.Response:
        answer = await self._send_once(request, query)
        if answer.status_code == httpx2.codes.UNAUTHORIZED:
            administrator = Credentials(ADMIN, ADMIN, self._passwords[ADMIN])
            self._token = await accepted_token_for(self._client, administrator) or self._token
            answer = await self._send_once(request, query)
        return answer

    async def _send_once(self, request: Request, query: Mapping[str, str] | None) -> httpx2.Response:
        headers = {"X-Auth-Token": self._token}
        return await self._client.request(
            request.method, request.path, params=query, json=request.body, headers=headers
        )


def _grants(assignments: list[dict[str, Any]]) -> frozenset[e.Grant]:
    """Pick users' roles in projects, both of the domain `default`: groups, domains and the system are not ours."""
    return frozenset(
        e.Grant(item["user"]["name"], item["scope"]["project"]["name"], item["role"]["name"])
        for item in assignments
        if "user" in item
        and "project" in item["scope"]
        and item["user"]["domain"]["id"] == item["scope"]["project"]["domain"]["id"] == DOMAIN
    )


def _expect_success(answer: httpx2.Response) -> None:
    if not answer.is_success:
        # The answer's body is left out: Keystone repeats parts of the request in it.
        raise Unavailable(
            f"Keystone answered {answer.status_code} to {answer.request.method} {answer.request.url.path}",
            expected="success",
            remedy="see run/bootstrap.log in the state directory, then bootstrap again",
        )
