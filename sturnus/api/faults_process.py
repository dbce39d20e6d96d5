"""The process `sturnus serve faults`: the API that `fm` asks.

A process of its own: what is wrong can be read while the inventory is down or starts, and the VIM can say so. It shares
the inventory's database, where the inventory itself writes its alarms (`sturnus.faults.watching`).
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import uvicorn
from fastapi import FastAPI, Response

from sturnus.api import faults
from sturnus.api.answers import answer
from sturnus.api.authentication import Authenticator
from sturnus.api.guarded import guarded, guards_from
from sturnus.api.serving import certificate_from, refuse_old_tables, serve_beside, server_config
from sturnus.core.clock import SystemClock, random_id
from sturnus.core.errors import Unavailable
from sturnus.core.settings import Settings
from sturnus.faults.service import FaultManagement
from sturnus.store.database import Database


async def serve_faults(settings: Settings, authenticator: Authenticator) -> None:
    """Serve until told to stop. Raises the closed set when it cannot start."""
    settings = settings.model_copy(update={"listen_port": settings.faults_port})
    database = Database(settings.database_url)
    try:
        await refuse_old_tables(database)
        certificate = await asyncio.to_thread(certificate_from, settings)
        app = create_app(settings, authenticator, FaultManagement(database, SystemClock(), random_id))
        await serve_beside({}, uvicorn.Server(server_config(app, certificate)), settings, certificate)
    finally:
        await database.close()


def create_app(settings: Settings, authenticator: Authenticator, management: FaultManagement) -> FastAPI:
    """Put the application together."""
    app = guarded("Sturnus faults", [faults.router], guards_from(settings, authenticator))
    app.state.faults = management

    @app.get("/healthz")
    async def healthz() -> Response:
        """Whether alarms can be read."""
        try:
            await management.counts()
        except Unavailable as error:
            found = answer({"healthy": False, "database": error.message})
            found.status_code = HTTPStatus.SERVICE_UNAVAILABLE
            return found
        return answer({"healthy": True, "database": "answers"})

    return app
