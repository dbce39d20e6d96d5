"""OpenStack as the VIM's two files say: read anew when Puppet changes them, so nothing restarts.

Whatever says that a plugin is off counts: a flag that is missing is off, and flags without the section [openstack] are
off too, since Puppet writes two files one after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from sturnus.core.errors import Unavailable
from sturnus.core.followed import Followed, Texts
from sturnus.identity.openstack_login import OpenStackLogin, from_vim_sections, sections_of
from sturnus.vim.facts import ServiceKind
from sturnus.vim.ports import HostServices
from sturnus.vim.servers.ports import Servers

LOOK_EVERY: Final = 1.0
VIM_FILE: Final = Path("vim/config.ini")
NFVI_FILE: Final = Path("nfv_plugins/nfvi_plugins/config.ini")
"""Below /etc/nfv."""
FLAGS: Final[Mapping[ServiceKind, str]] = {
    ServiceKind.COMPUTE: "compute_plugin_disabled",
    ServiceKind.NETWORK: "network_plugin_disabled",
    ServiceKind.GUEST: "guest_plugin_disabled",
}

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Clients:
    """Of one OpenStack."""

    services: Mapping[ServiceKind, HostServices]
    servers: Servers | None = None  # None: nobody can be asked for servers


Connect = Callable[[OpenStackLogin], Clients]
"""Makes clients of OpenStack's services; called once for each login."""


@dataclass(frozen=True, slots=True)
class Configured:
    """What both files say."""

    login: OpenStackLogin | None  # None: OpenStack is not installed
    plugins: frozenset[ServiceKind]  # those that are on

    @property
    def says(self) -> str:
        """In words, for `/healthz` and the log."""
        if self.login is None or not self.plugins:
            return "not installed"
        return f"{self.login.auth_url}: {', '.join(sorted(self.plugins))}"


def configured(vim: str, nfvi: str) -> Configured:
    """Read the texts of both files; empty: they are not there. ValueError if one makes no sense."""
    flags, login = sections_of(vim), from_vim_sections(sections_of(nfvi))
    on = {kind for kind, flag in FLAGS.items() if not flags.getboolean("nfvi", flag, fallback=True)}
    return Configured(login, frozenset(on) if login is not None else frozenset())


@dataclass(slots=True)
class OpenStackFiles:
    """Implements `vim.ports.OpenStack` and `vim.servers.ports.Cloud`."""

    directory: Path
    connect: Connect
    _files: Followed[Configured] = field(init=False)
    _connected: tuple[OpenStackLogin, Clients] | None = None

    def __post_init__(self) -> None:
        vim, nfvi = self.directory / VIM_FILE, self.directory / NFVI_FILE

        def parse(texts: Texts) -> Configured:
            return configured(texts.get(vim, ""), texts.get(nfvi, ""))

        self._files = Followed([vim, nfvi], parse)

    async def services(self) -> Mapping[ServiceKind, HostServices]:
        """The services whose plugins are on; none while it is not installed. Unavailable: the files make no sense."""
        clients, plugins = self._clients()
        return {kind: service for kind, service in clients.services.items() if kind in plugins}

    async def servers(self) -> Servers | None:
        """Whom to ask for servers; None while the compute plugin is off. Unavailable: the files make no sense."""
        clients, plugins = self._clients()
        return clients.servers if ServiceKind.COMPUTE in plugins else None

    def _clients(self) -> tuple[Clients, frozenset[ServiceKind]]:
        found = self._files.value()
        if found.login is None:
            self._connected = None
            return Clients({}), found.plugins
        if self._connected is None or self._connected[0] != found.login:
            self._connected = (found.login, self.connect(found.login))
        return self._connected[1], found.plugins

    def says(self) -> str:
        """What the files say, in words."""
        try:
            return self._files.value().says
        except Unavailable as error:
            return error.message

    async def follow(self, changed: Callable[[], None]) -> None:
        """Look each second until cancelled; call `changed` when they say something else than before."""
        before = self.says()
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now = self.says()
            if now != before:
                log.info("openstack", was=before, now=now)
                before = now
                changed()
