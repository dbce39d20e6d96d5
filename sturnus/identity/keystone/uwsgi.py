"""How Keystone is served: uwsgi's arguments, which are pure, and no uwsgi of our own making.

All flags are from reference/openstack.md §2.1: `--need-app`, or a failed import would answer 500 for ever;
`--die-on-term`, or SIGTERM would mean reload; `Connection:close`, or keep-alive clients would get resets.
"""

from __future__ import annotations

from typing import Final

from sturnus.identity.keystone.installation import Installation
from sturnus.identity.keystone.settings import KeystoneSettings

_ALWAYS: Final = (
    "--need-app",
    "--die-on-term",
    "--enable-threads",
    "--buffer-size=65535",
    "--add-header=Connection:close",
    "--disable-logging",  # Keystone logs its requests itself
    "--log-5xx",
    "--module=keystone.wsgi.api:application",
)

_SERVING: Final = ("--master", "--processes=1", "--threads=4", "--lazy-apps", "--no-orphans", "--harakiri=60")


def serving(installation: Installation, address: str) -> tuple[str, ...]:
    """One worker under a master that replaces it; a request that hangs for a minute ends with its worker."""
    return (str(installation.uwsgi), f"--http-socket={address}", *_SERVING, *_ALWAYS)


def behind_tls(installation: Installation, socket: str) -> tuple[str, ...]:
    """The same on a Unix socket, for `front`: which says by the PROXY protocol who called, and that it was https."""
    behind = ("--chmod-socket=600", "--enable-proxy-protocol", "--route-run=setscheme:https")
    return (str(installation.uwsgi), f"--http-socket={socket}", *behind, *_SERVING, *_ALWAYS)


def private(installation: Installation, socket: str) -> tuple[str, ...]:
    """One process on a Unix socket, for a bootstrap and nobody else."""
    return (str(installation.uwsgi), f"--http-socket={socket}", "--chmod-socket=600", "--threads=2", *_ALWAYS)


def environment(settings: KeystoneSettings) -> dict[str, str]:
    """Name the variable that the WSGI module reads."""
    return {"OS_KEYSTONE_CONFIG_DIR": str(settings.configuration_directory)}
