"""The steps that servers take part in. Only hosts with the compute label have them, while OpenStack is installed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sturnus.core.errors import Conflict
from sturnus.vim.facts import HostFacts
from sturnus.vim.ports import Inventory
from sturnus.vim.servers.findings import Next
from sturnus.vim.servers.moving import NAMED
from sturnus.vim.servers.ordering import Orderly
from sturnus.vim.servers.planner import Reason
from sturnus.vim.steps import FORCED_WITHOUT, Patient

MOVE_SERVERS: Final = "MoveServers"
MOVE_DEADLINE: Final = timedelta(seconds=1020)
"""Until the next server has left: the longest order, and a minute (reference/vim.md §3.4, work 4)."""
FORCED_MOVES: Final = timedelta(minutes=5)
"""Who forces a lock does not wait longer for servers that move."""

START_DEADLINE: Final = timedelta(minutes=5)
"""For each server that was stopped, one after the other; Nova answers meanwhile, or the unlock fails."""


@dataclass(frozen=True, slots=True)
class MoveServers:
    """Has the servers leave a host that is locked, and its dead ones start elsewhere once it surely is down."""

    orderly: Orderly
    inventory: Inventory
    left: int  # servers
    deadline = MOVE_DEADLINE

    @property
    def name(self) -> str:
        """With the number of servers that are left: each one that leaves gives the others the whole deadline anew."""
        return f"{MOVE_SERVERS}, {self.left} left"

    def done(self, facts: HostFacts) -> bool:
        """All are away, or will not go and may stay. By force also with Nova away, and after a while."""
        if facts.servers is None and facts.servers_unknown is None:
            return True  # there is nobody to ask
        if facts.servers is None:
            return facts.is_force_locked and facts.in_state_for > FORCED_WITHOUT
        if facts.is_force_locked and facts.in_state_for > FORCED_MOVES:
            return True
        return facts.servers.is_settled and not (facts.servers.reason is Reason.LOCK and facts.servers.cannot)

    def hopeless(self, facts: HostFacts) -> str | None:
        """Why a plain lock cannot succeed: said once nothing is on its way any more."""
        found = facts.servers
        if found is None or found.reason is not Reason.LOCK or not found.cannot or found.findings:
            return None
        return f"{found.moved} of {found.total} servers moved; {found.obstacles}"

    async def run(self, facts: HostFacts) -> str:
        """Follow what is under way, and order the next ones."""
        found = facts.servers
        if found is None or facts.hostname is None:
            return facts.servers_unknown or ""
        await self.orderly.follow(found.findings)
        blocked = found.reason is Reason.LOCK and found.cannot  # it will fail: nobody else is sent away for it
        if found.to_order and not blocked:
            limits = self.orderly.limits
            if found.reason is Reason.FAILURE:
                await self._be_sure(facts)
                limits = limits.of_a_dead_host
            await self.orderly.order(facts.hostname, found.to_order, limits)
        return found.said

    async def _be_sure(self, facts: HostFacts) -> None:
        """Nothing is started elsewhere that may still run here: asked now, whatever was known when we looked."""
        now = None if facts.host is None else await self.inventory.host(facts.host.uuid)
        if now is None or not now.is_surely_down:
            raise Conflict(
                f"host {facts.hostname} is not surely down any more: nothing of it is started elsewhere",
                expected="a host that is fenced, or switched off",
                remedy="",
            )


@dataclass(frozen=True, slots=True)
class StartServers(Patient):
    """Starts again what was stopped for a lock. One that does not start is named in the log, and holds up nobody."""

    orderly: Orderly
    left: int  # servers
    deadline = START_DEADLINE

    @property
    def name(self) -> str:
        """With the number of servers that are left: each one that starts gives the others the whole deadline anew."""
        return f"StartServers, {self.left} left"

    def done(self, facts: HostFacts) -> bool:
        """Nothing is left to be started."""
        return not facts.starting

    async def run(self, facts: HostFacts) -> str:
        """Start them, some at once, and see what became of it."""
        to_start = [each for each in facts.starting if each.next is Next.START]
        others = [each for each in facts.starting if each.next is not Next.START]
        await self.orderly.follow([*others, *to_start[: self.orderly.limits.at_once]])
        names = ", ".join(each.order.name for each in facts.starting[:NAMED])
        return facts.servers_unknown or f"{self.left} servers start that were stopped for the lock: {names}"
