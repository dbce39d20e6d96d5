"""OpenStack while nobody can say whether it is installed: the VIM's files make no sense.

It is not taken for gone, which would forget what it runs. Hosts that may have its services find them silent, so that
their deadlines count; all others go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sturnus.core.errors import Unavailable
from sturnus.vim.facts import ServiceKind, ServiceState
from sturnus.vim.ports import HostServices, OpenStack


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Implements `vim.ports.HostServices`: whoever asks is told what is wrong with the files."""

    why: Unavailable

    async def look(self, hostname: str) -> ServiceState:
        """Nobody knows."""
        raise self.why

    def reachable(self, hostname: str) -> frozenset[ServiceState]:
        """As of a service that was never looked at: who knows."""
        return frozenset(ServiceState) - {ServiceState.DOWN}

    async def bring(self, hostname: str, wanted: ServiceState) -> str:
        """Nobody can be asked for it."""
        raise self.why


@dataclass(frozen=True, slots=True)
class Said:
    """What the files say."""

    services: Mapping[ServiceKind, HostServices]  # to speak to; none: it is not installed
    is_known: bool  # whether that makes sense. If not, the services are `Unreadable`

    @property
    def is_installed(self) -> bool:
        """Whether it is known to be there: only then is a host at rest given services, or freed of them."""
        return self.is_known and bool(self.services)


async def said_of(openstack: OpenStack) -> Said:
    """Ask for the services to speak to. Raises nothing of the closed set."""
    try:
        return Said(await openstack.services(), is_known=True)
    except Unavailable as error:
        return Said({kind: Unreadable(error) for kind in ServiceKind}, is_known=False)
