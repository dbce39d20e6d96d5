"""Becomes Keystone: the process that a supervisor started is uwsgi's master from here on."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import NoReturn

from sturnus.core.errors import Invalid, NotFound
from sturnus.identity.keystone import uwsgi
from sturnus.identity.keystone.database import serving_lock
from sturnus.identity.keystone.installation import Installation
from sturnus.identity.keystone.locks import hold_through_exec
from sturnus.identity.keystone.settings import KeystoneSettings, is_loopback, netloc


class PlainHttp(StrEnum):
    """Where passwords and tokens may travel in the open. The names are those of the platform's own setting."""

    LOOPBACK_ONLY = "loopback only"
    ANYWHERE = "anywhere"


def check_exposure(settings: KeystoneSettings, plain_http: PlainHttp) -> None:
    """Refuse (Invalid) an address of the network, unless the operator allowed it: this uwsgi has no TLS."""
    if is_loopback(settings.listen) or plain_http is PlainHttp.ANYWHERE:
        return
    raise Invalid(
        f"{settings.listen} can be reached from the network, and passwords would travel in the open",
        expected="a loopback address, with a proxy that does TLS before it",
        remedy="where the network itself is trusted: --plain-http anywhere",
    )


def become_keystone(settings: KeystoneSettings, installation: Installation, plain_http: PlainHttp) -> NoReturn:
    """Replace this process. Raises NotFound when there is nothing to serve yet."""
    check_exposure(settings, plain_http)
    if not (installation.complete and settings.configuration.exists() and settings.database.exists()):
        raise NotFound(
            f"no Keystone in {settings.state}",
            expected="one that was set up",
            remedy="python -m sturnus.identity.keystone bootstrap",
        )
    hold_through_exec(serving_lock(settings))
    os.umask(0o077)
    command = uwsgi.serving(installation, netloc(settings.listen, settings.port))
    environment = {**os.environ, "PYTHONWARNINGS": "ignore", **uwsgi.environment(settings)}
    os.execve(command[0], command, environment)  # noqa: S606 -- no shell, on purpose
