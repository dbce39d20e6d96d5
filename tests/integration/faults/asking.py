"""Requests to the application itself, without a process: on both databases, and in no time."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx2
from fastapi import FastAPI

from sturnus.api.faults_process import create_app
from sturnus.core.clock import SystemClock, random_id
from sturnus.core.identity import Identity
from sturnus.core.settings import Settings
from sturnus.faults.service import FaultManagement
from sturnus.store.database import Database


class ByRole:
    """A token is the name of the role that its bearer has."""

    async def authenticate(self, token: str) -> Identity:
        return Identity(token, "admin", frozenset({token}))


@dataclass
class Asking:
    database: Database
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        self.app = create_app(Settings(), ByRole(), FaultManagement(self.database, SystemClock(), random_id))

    async def request(self, method: str, path: str, body: object = None, role: str = "admin") -> tuple[int, Any]:
        transport = httpx2.ASGITransport(app=self.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://faults") as client:
            answer = await client.request(method, path, json=body, headers={"X-Auth-Token": role})
        return answer.status_code, json.loads(answer.content) if answer.content else None

    async def raise_(self, number: str, entity: str, reason: str) -> int:
        wanted = {"alarm_id": number, "entity_instance_id": entity, "reason_text": reason}
        return (await self.request("PUT", "/v1/sturnus/alarms", wanted, "service"))[0]

    async def clear(self, number: str, entity: str) -> int:
        path = f"/v1/sturnus/alarms?alarm_id={number}&entity_instance_id={entity}"
        return (await self.request("DELETE", path, role="service"))[0]

    async def alarms(self, query: str = "") -> list[dict[str, Any]]:
        status, body = await self.request("GET", f"/v1/alarms{query}")
        assert status == 200, body
        found: list[dict[str, Any]] = body["alarms"]
        return found

    async def numbers(self, query: str = "") -> list[str]:
        return [each["alarm_id"] for each in await self.alarms(query)]

    async def told(self, query: str = "") -> list[tuple[str, str, str]]:
        status, body = await self.request("GET", f"/v1/event_log{query}")
        assert status == 200, body
        return [(each["event_log_id"], each["state"], each["reason_text"]) for each in body["event_log"]]
