"""Serves Keystone, in the process that a supervisor started: uwsgi itself, or with TLS `front` and uwsgi behind it."""

from __future__ import annotations

import asyncio
import os
from enum import StrEnum
from typing import NoReturn

from sturnus.core.certificates import CertificateFiles
from sturnus.core.errors import Invalid, NotFound
from sturnus.identity.keystone import database, front, ground, uwsgi
from sturnus.identity.keystone.installation import Installation
from sturnus.identity.keystone.locks import hold_through_exec
from sturnus.identity.keystone.settings import KeystoneSettings, is_loopback, netloc
from sturnus.identity.keystone.wanted import USERS


class PlainHttp(StrEnum):
    """Where passwords and tokens may travel in the open. The names are those of the platform's own setting."""

    LOOPBACK_ONLY = "loopback only"
    ANYWHERE = "anywhere"


def check_exposure(settings: KeystoneSettings, plain_http: PlainHttp) -> CertificateFiles | None:
    """Say what to serve TLS with; None: nothing.

    Raises:
        Invalid: half a certificate, or an address of the network without one that the operator did not allow.

    """
    if settings.tls_certificate is not None and settings.tls_key is not None:
        return CertificateFiles(settings.tls_certificate, settings.tls_key)
    if settings.tls_certificate is not None or settings.tls_key is not None:
        raise Invalid(
            "TLS needs a certificate and a key",
            expected="--tls-certificate and --tls-key",
            remedy="give both, or neither",
        )
    if is_loopback(settings.listen) or plain_http is PlainHttp.ANYWHERE:
        return None
    raise Invalid(
        f"{settings.listen} can be reached from the network, and passwords would travel in the open",
        expected="--tls-certificate and --tls-key, or a loopback address",
        remedy="give them; where the network itself is trusted: --plain-http anywhere",
    )


def serve(settings: KeystoneSettings, installation: Installation, plain_http: PlainHttp) -> None:
    """Serve until told to stop. Raises NotFound when the bootstrap has something left to do on the ground.

    Without keys, say, Keystone would end at once and uwsgi start it again for ever (reference/openstack.md §2.2).
    """
    certificate = check_exposure(settings, plain_http)
    if missing := _missing(settings, installation):
        raise NotFound(
            f"Keystone is not ready to be served: {missing}",
            expected="all that a bootstrap makes",
            remedy="python -m sturnus.identity.keystone bootstrap, with the same options",
        )
    lock = hold_through_exec(database.serving_lock(settings))
    os.umask(0o077)
    if certificate is None:
        _become_uwsgi(settings, installation)
    asyncio.run(front.serve(settings, installation, certificate, lock))


def _become_uwsgi(settings: KeystoneSettings, installation: Installation) -> NoReturn:
    command = uwsgi.serving(installation, netloc(settings.listen, settings.port))
    environment = {**os.environ, "PYTHONWARNINGS": "ignore", **uwsgi.environment(settings)}
    os.execve(command[0], command, environment)


def _missing(settings: KeystoneSettings, installation: Installation) -> str | None:
    if not installation.complete:
        return f"install Keystone into {installation.home}"
    changes = ground.decide(settings, [user.name for user in USERS], ground.look(settings), None)
    if changes:
        return str(changes[0])
    migration = database.decide(database.found_version(settings.database), database.wanted_version(installation))
    return str(migration) if migration else None
