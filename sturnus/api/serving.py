"""What the platform's servers have in common: who checks tokens, which certificate is shown, and loops beside the API.

A loop that fails with a defect takes the process down: the supervisor starts a new one, which goes on from the tables.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import structlog
import uvicorn
from fastapi import FastAPI

from sturnus.api.authentication import Authenticator
from sturnus.api.listening import listening_socket
from sturnus.api.token_file import TokenFile
from sturnus.core.certificates import CertificateFiles, ServedCertificate
from sturnus.core.clock import SystemClock
from sturnus.core.errors import Invalid
from sturnus.core.settings import Settings, settings_file
from sturnus.identity.credentials import credentials_in
from sturnus.identity.keystone_tokens import KeystoneTokens, ServiceToken, client_for
from sturnus.identity.service_calls import ServiceCalls
from sturnus.identity.tokens import TokenValidator
from sturnus.store import migrate
from sturnus.store.database import Database

GRACE: Final = 3
"""Seconds that requests under way get when the server stops."""

Loop = Callable[[], Coroutine[Any, Any, None]]

log = structlog.stdlib.get_logger(__name__)


def authenticator_from(settings: Settings) -> Authenticator:
    """Who checks tokens: the platform's Keystone, or a file of digests where there is none. Invalid without either."""
    if settings.token_file is not None:
        return TokenFile(settings.token_file)
    if settings.keystone_url is None:
        if not settings_file().exists():
            raise Invalid(
                f"There is no {settings_file()}.",
                expected="settings, of which keystone_url says who checks tokens",
                remedy="write it (docs/how-to/install.md); for the VIM: STURNUS_CONFIG=/etc/sturnus/vim.toml",
            )
        raise Invalid(
            "Nobody can check tokens.",
            expected="a Keystone, or a token file",
            remedy="set keystone_url, or token_file (sturnus/api/token_file.py describes it)",
        )
    password = credentials_in(settings.keystone_password_file, settings.keystone_user, "services")
    ca_file = settings.keystone_ca_file
    asking = KeystoneTokens(client_for(settings.keystone_url, ca_file), password, ca_file=ca_file)
    return TokenValidator(asking, SystemClock())


def service_calls(settings: Settings, what: str, url: str, user_agent: str) -> ServiceCalls:
    """Calls to another program of the platform, as the user of the settings."""
    if settings.keystone_url is None:
        raise Invalid(
            f"Nobody gives us a token for {what}.", expected="the platform's Keystone", remedy="set keystone_url"
        )
    ca_file = settings.keystone_ca_file
    password = credentials_in(settings.keystone_password_file, settings.keystone_user, "services")
    token = ServiceToken(client_for(settings.keystone_url, ca_file), password)
    return ServiceCalls(what, client_for(url, ca_file), token, user_agent)


async def refuse_old_tables(database: Database) -> None:
    """Raise Invalid unless the tables are those of this version."""
    if await migrate.pending(database):
        raise Invalid(
            "The database has other tables than this version.",
            expected="a database that is up to date",
            remedy="sturnus db upgrade",
        )


def certificate_from(settings: Settings) -> ServedCertificate | None:
    """The pair that is served; None: plain HTTP."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None  # half a pair is refused where the socket is opened
    return ServedCertificate(CertificateFiles(settings.tls_certificate, settings.tls_key))


def server_config(app: FastAPI, certificate: ServedCertificate | None) -> uvicorn.Config:
    """How uvicorn serves an application."""
    return uvicorn.Config(
        app,
        log_config=None,  # ours is set up already
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE,
        server_header=False,
        ssl_context_factory=None if certificate is None else lambda _, __: certificate.context,
    )


async def serve_beside(
    loops: Mapping[str, Loop], server: uvicorn.Server, settings: Settings, certificate: ServedCertificate | None
) -> None:
    """Serve until told to stop, with loops beside it, by name. Raises the closed set when it cannot listen."""
    opened = listening_socket(settings)
    address, port = opened.getsockname()[:2]
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(loop(), name=name) for name, loop in loops.items()]
        if certificate is not None:
            running.append(group.create_task(certificate.follow(), name="certificate"))
        # What was imported lives as long as the process: looking through it again and again costs 50 ms a time.
        gc.collect()
        gc.freeze()
        log.info("serving", address=address, port=port, tls=certificate is not None)
        await server.serve(sockets=[opened])
        for task in running:
            task.cancel()
    log.info("stopped")
