"""Scripted charts, and a platform that serves overrides of them: until the application service reads real ones."""

import asyncio
import hashlib
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.api import errors, helm_charts
from sturnus.api.token_file import TokenFile
from sturnus.applications.overrides.overriding import Overriding
from sturnus.applications.overrides.ports import ChartName, ChartValues, Reapply
from sturnus.core.application_states import ApplicationForm, ApplicationStatus
from sturnus.core.states import (
    Administrative,
    Availability,
    Operational,
    Personality,
)
from sturnus.identity.policy import Policy
from sturnus.store.application_models import ApplicationRow
from sturnus.store.database import Database
from sturnus.store.models import HostRow, LabelRow

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOVA, KEYSTONE = ChartName("nova", "openstack"), ChartName("keystone", "openstack")
ROLES = ("admin", "configurator", "reader")

NOVA_VALUES = ChartValues(
    chart={
        "pod": {"replicas": {"osapi": 1, "conductor": 1}},
        "conf": {"nova": {"DEFAULT": {"debug": False}}},
        "endpoints": {"identity": {"auth": {"nova": {"username": "nova", "password": "changeme"}}}},
    },
    manifest={"pod": {"replicas": {"osapi": 2}}},
    system={"endpoints": {"identity": {"auth": {"nova": {"password": "generated"}}}}, "seed": "s3cret"},
    generated=frozenset({("seed",)}),
)


class ScriptedCharts:
    """Two charts; keystone is disabled by the metadata."""

    async def enabled_by_default(self, application_id: int) -> Mapping[ChartName, bool]:
        return {NOVA: True, KEYSTONE: False}

    async def values(self, application_id: int, chart: ChartName) -> ChartValues:
        return NOVA_VALUES if chart == NOVA else ChartValues({"replicas": 1}, {}, {})


@dataclass
class Listener:
    """Remembers what it was told."""

    told: list[tuple[int, Reapply]] = field(default_factory=list)

    async def overrides_changed(self, session: AsyncSession, application_id: int, reapply: Reapply) -> None:
        assert session.in_transaction()
        self.told.append((application_id, reapply))


@dataclass
class Ticking:
    """A clock that goes on by a minute each time it is moved."""

    time: datetime = NOW

    def now(self) -> datetime:
        return self.time

    def move(self) -> None:
        self.time += timedelta(minutes=1)


@dataclass
class Serving:
    """The platform, listening on loopback."""

    overriding: Overriding
    listener: Listener
    clock: Ticking
    database: Database
    port: int = 0


def an_app(serving: Serving, home: Path) -> FastAPI:
    tokens = home / "tokens.toml"
    tokens.write_text(
        "".join(
            f'[[token]]\nsha256 = "{hashlib.sha256(role.encode()).hexdigest()}"\nuser = "{role}"\nroles = ["{role}"]\n'
            for role in ROLES
        )
    )
    app = FastAPI()
    app.state.overriding = serving.overriding
    app.state.authenticator = TokenFile(tokens)
    app.state.policy = Policy(None)
    errors.install(app)
    app.include_router(helm_charts.router)
    return app


async def listen(app: FastAPI) -> tuple[uvicorn.Server, asyncio.Task[None], int]:
    opened = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[opened]))
    return server, task, opened.getsockname()[1]


async def an_inventory(database: Database) -> None:
    """An application that was uploaded, an unlocked host, and a locked one with the same label."""
    async with database.write() as session:
        session.add(
            ApplicationRow(
                name="stx-openstack", app_version="1.0", manifest_name="m", manifest_file="m.yaml",
                form=ApplicationForm.ARMADA, status=ApplicationStatus.UPLOADED, active=False, app_metadata={},
                created_at=NOW,
            )
        )  # fmt: skip
        for number, state in ((0, Administrative.UNLOCKED), (1, Administrative.LOCKED)):
            host = HostRow(**_host(number, state))
            session.add(host)
            await session.flush()
            session.add(
                LabelRow(uuid=f"l{number}", host_id=host.id, label_key="sriov", label_value=state.value, created_at=NOW)
            )


def _host(number: int, state: Administrative) -> dict[str, Any]:
    return {
        "uuid": f"u{number}",
        "hostname": f"compute-{number}",
        "personality": Personality.WORKER,
        "administrative": state,
        "operational": Operational.DISABLED,
        "availability": Availability.ONLINE,
        "location": {},
        "hardware": {},
        "created_at": NOW,
    }
