"""Servers that Nova has in ERROR: an alarm each, until they are not.

Nobody tells the VIM of them, so the audit asks: one request a minute, and none while no host has a part in OpenStack.
"""

from __future__ import annotations

import asyncio
from collections.abc import Set
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from sturnus.core.errors import SturnusError
from sturnus.vim.alarms import Alarms, Key
from sturnus.vim.servers.ports import Failures
from sturnus.vim.servers.view import Server

MOST: Final = 100
"""Alarms at once: whoever has more failed servers than that does not need one for each to know of it."""
DEADLINE: Final = 20.0
"""Seconds for Nova's answer."""

log = structlog.stdlib.get_logger(__name__)


class Cloud(Protocol):
    """OpenStack, as far as it is installed."""

    async def servers(self) -> Failures | None:
        """Whom to ask; None while it is not installed. Unavailable: nobody can tell."""
        ...


@dataclass(frozen=True, slots=True)
class FailedServers:
    """Compares their alarms with what Nova says."""

    cloud: Cloud
    alarms: Alarms

    async def look(self, active: Set[Key], are_there: bool) -> None:  # noqa: FBT001 -- a fact like the others
        """Have an alarm of each. `are_there`: a host has a part in OpenStack. Nova's silence leaves all as it is."""
        try:
            async with asyncio.timeout(DEADLINE):
                servers = await self.cloud.servers() if are_there else None
                failed = [] if servers is None else await servers.failed()
        except (SturnusError, TimeoutError) as error:
            log.warning("failed servers not looked for", reason=str(error))
            return
        if len(failed) > MOST:
            log.warning("more servers have failed than are told of", failed=len(failed), told=MOST)
        kept = sorted(failed, key=lambda server: server.uuid)[:MOST]
        await self.alarms.failed({entity_of(server): reason_of(server) for server in kept}, active)


def entity_of(server: Server) -> str:
    """As StarlingX spells it (reference/vim.md §7)."""
    return f"tenant={server.project}.instance={server.uuid}"


def reason_of(server: Server) -> str:
    """In words: which one, where, and why."""
    where = f"on {server.host}" if server.host else "before it came to a host"
    return f"server {server.name} failed {where}: {server.fault or 'Nova does not say why'}"
