"""The process `sturnus serve vim`: both its APIs and the loop that drives hosts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI, Response

from sturnus.api import vim_northbound, vim_preview, vim_southbound
from sturnus.api.answers import answer
from sturnus.api.authentication import Authenticator
from sturnus.api.guarded import guarded, guards_from
from sturnus.api.listening import listening_socket
from sturnus.api.serving import certificate_from, refuse_old_tables, serve_beside, server_config, service_calls
from sturnus.cloud.clients import Connecting
from sturnus.core.clock import SystemClock
from sturnus.core.errors import Invalid
from sturnus.core.settings import Settings
from sturnus.faults import vim_alarms
from sturnus.faults.vim_alarms import FaultsClient
from sturnus.kubernetes.asking import client_for
from sturnus.kubernetes.budgets import ClusterBudgets
from sturnus.kubernetes.connection import Connection
from sturnus.kubernetes.evictions import FIELD_MANAGER, ClusterEvictions
from sturnus.store.database import Database
from sturnus.vim import inventory_client
from sturnus.vim.driving import Driver
from sturnus.vim.guest_services import GuestServices, with_guests
from sturnus.vim.inventory_client import InventoryClient
from sturnus.vim.looking import Outside
from sturnus.vim.openstack_files import OpenStackFiles
from sturnus.vim.places import Places
from sturnus.vim.ports import Faults, NoFaults
from sturnus.vim.preview import Previews
from sturnus.vim.servers.orders import Limits, Orders
from sturnus.vim.service import Vim

STALLED_AFTER: Final = timedelta(seconds=10)

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class VimParts:
    """What the process is made of."""

    places: Places
    driver: Driver
    openstack: OpenStackFiles
    previews: Previews


def faults_from(settings: Settings) -> Faults:
    """Who keeps the VIM's alarms."""
    if settings.faults_url is None:
        return NoFaults()
    return FaultsClient(service_calls(settings, "the faults API", settings.faults_url, vim_alarms.USER_AGENT))


async def serve_vim(settings: Settings, authenticator: Authenticator) -> None:
    """Serve until told to stop. Raises the closed set when it cannot start."""
    settings = settings.model_copy(update={"listen_port": settings.vim_port})
    if settings.inventory_url is None or settings.kubeconfig is None:
        raise Invalid(
            "The VIM needs an inventory and a cluster.",
            expected="inventory_url and kubeconfig",
            remedy="set both: docs/how-to/install.md",
        )
    database = Database(settings.database_url)
    cluster = client_for(settings.kubeconfig, FIELD_MANAGER)
    connection = Connection.from_kubeconfig(settings.kubeconfig)
    calls = service_calls(settings, "the inventory", settings.inventory_url, inventory_client.USER_AGENT)
    try:
        await refuse_old_tables(database)
        places = Places(database, SystemClock())
        connect = with_guests(Connecting(connection, SystemClock()), GuestServices(calls))
        openstack = OpenStackFiles(settings.nfv_directory, connect)
        orders = Orders(database, SystemClock())
        outside = Outside(
            InventoryClient(calls),
            ClusterEvictions(cluster),
            openstack,
            settings.hostname,
            openstack,
            limits=Limits(settings.moves_per_host, settings.moves_at_once),
            failure_share=settings.failure_share,
            faults=faults_from(settings),
        )
        parts = VimParts(
            places=places,
            driver=Driver(places, orders, outside, SystemClock()),
            openstack=openstack,
            previews=Previews(
                places,
                openstack,
                ClusterBudgets(cluster),
                settings.hostname,
                lambda: orders.moves(settings.moves_per_host),
            ),
        )
        await _serve(settings, authenticator, parts)
    finally:
        await database.close()
        await cluster.close()
        await connection.close()


async def _serve(settings: Settings, authenticator: Authenticator, parts: VimParts) -> None:
    certificate = await asyncio.to_thread(certificate_from, settings)
    app = create_app(settings, authenticator, parts)
    server = uvicorn.Server(server_config(app, certificate))
    north = _Beside(server_config(vim_northbound.create_app(settings, authenticator), certificate))
    opened = listening_socket(settings.model_copy(update={"listen_port": settings.vim_northbound_port}))
    log.info("northbound", northbound_port=opened.getsockname()[1])
    loops = {
        "driver": parts.driver.run,
        "openstack": lambda: parts.openstack.follow(parts.driver.look_at_all),
        "northbound": lambda: north.serve(sockets=[opened]),
    }
    await serve_beside(loops, server, settings, certificate)


class _Beside(uvicorn.Server):
    """A second server of the process: it ends with the first, which signals are for."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def create_app(settings: Settings, authenticator: Authenticator, parts: VimParts) -> FastAPI:
    """Put the application together."""
    app = guarded("Sturnus VIM", [vim_southbound.router, vim_preview.router], guards_from(settings, authenticator))
    app.state.vim = Vim(parts.places, parts.driver)
    app.state.previews = parts.previews
    clock = SystemClock()

    @app.get("/healthz")
    async def healthz() -> Response:
        """Whether the loop turns. An inventory that is away is shown, and is no reason to restart us."""
        last, audit = parts.driver.last_look, parts.driver.last_audit
        moving = last is not None and clock.now() - last < STALLED_AFTER
        found = answer(
            {
                "healthy": moving,
                "last_look": None if last is None else last.isoformat(),
                "last_audit": None if audit is None else audit.isoformat(),
                "inventory": parts.driver.inventory_fails or "answers",
                "openstack": parts.openstack.says(),
            }
        )
        found.status_code = HTTPStatus.OK if moving else HTTPStatus.SERVICE_UNAVAILABLE
        return found

    return app
