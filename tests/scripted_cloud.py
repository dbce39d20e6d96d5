"""A Nova in memory whose moves take their time, and that knows where each server really runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sturnus.core.errors import Conflict, NotFound, SturnusError, Unavailable
from sturnus.vim.facts import ServiceKind, ServiceState
from sturnus.vim.ports import Alarm
from sturnus.vim.servers.leaving import Way
from sturnus.vim.servers.ports import Servers
from sturnus.vim.servers.view import CloudView, Server, ServerStatus
from tests.cloud_builders import a_compute, a_server

if TYPE_CHECKING:
    from tests.scripted_vim import RecordedOpenStack, ScriptedClock, ScriptedInventory

HOST, OTHER = "compute-0", "compute-1"
S = ServerStatus


class Killed(Exception):
    """The VIM's process ends here."""


@dataclass
class RecordedFaults:
    raised: dict[tuple[Alarm, str], str] = field(default_factory=dict)
    writes: int = 0

    async def raise_(self, alarm: Alarm, entity: str, reason: str) -> None:
        self.writes += 1
        self.raised[alarm, entity] = reason

    async def clear(self, alarm: Alarm, entity: str) -> None:
        self.writes += 1
        self.raised.pop((alarm, entity), None)

    async def active(self) -> Set[tuple[Alarm, str]]:
        return set(self.raised)

    @property
    def ids(self) -> set[Alarm]:
        return {alarm for alarm, _ in self.raised}


LINGERS = timedelta(seconds=8)
"""For so long a server that was evacuated, and runs, looks idle where it was: Nova waits for its count of resources."""


@dataclass
class Move:
    way: Way
    target: str
    ends: datetime
    fails: bool


@dataclass
class ScriptedCloud:
    """compute-0, which the VIM of a test drives, and compute-1. Implements `Cloud` and `Servers`."""

    clock: ScriptedClock
    openstack: RecordedOpenStack
    inventory: ScriptedInventory
    takes: timedelta = timedelta(seconds=5)
    servers_: dict[str, Server] = field(default_factory=dict)
    runs_on: dict[str, set[str]] = field(default_factory=dict)  # where it really runs
    moves: dict[str, Move] = field(default_factory=dict)
    lingering: dict[str, Move] = field(default_factory=dict)  # evacuated, and not said to be elsewhere yet
    orders: list[str] = field(default_factory=list)  # "live-migration web"
    broken: set[str] = field(default_factory=set)  # "live-migration web": it ends where it began
    refused: dict[str, str] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    down: bool = False
    has_power: bool = True  # compute-0
    dies_after: int | None = None  # orders: then the VIM is killed, before it hears that the last one was taken
    looks: int = 0
    most_at_once: int = 0

    def has(self, *names: str, **changes: object) -> None:
        for name in names:
            server = a_server(name, HOST, **changes)
            self.servers_[server.uuid] = server
            self.runs_on[server.uuid] = {HOST} if server.status is S.ACTIVE else set()

    def named(self, name: str) -> Server:
        return self.servers_[f"uuid-of-{name}"]

    def where(self) -> dict[str, str | None]:
        return {server.name: server.host for server in self.servers_.values()}

    def status(self) -> dict[str, ServerStatus]:
        return {server.name: server.status for server in self.servers_.values()}

    def power(self, *, on: bool) -> None:
        """The machine of compute-0. Its guests stop with it, and do not start by themselves."""
        self.has_power = on
        for places in self.runs_on.values():
            places.discard(HOST)

    async def servers(self) -> Servers | None:
        self.openstack.must_be_readable()
        return self if self.openstack.installed else None

    async def view(self) -> CloudView:
        self.looks += 1
        self._fail_if_down()
        taken = self.clock.now()
        self._advance()
        state = self.openstack.known[ServiceKind.COMPUTE].state
        own = a_compute(
            HOST,
            enabled=state is ServiceState.ENABLED,
            up=self.has_power and state is not ServiceState.DEAD,
            forced_down=state is ServiceState.DEAD,
        )
        return CloudView(taken, {HOST: own, OTHER: a_compute(OTHER)}, list(self.servers_.values()))

    async def here(self, hostname: str, others: Collection[str]) -> Sequence[Server]:
        return (await self.view_of(hostname, others)).servers

    async def failed(self) -> Sequence[Server]:
        self._fail_if_down()
        return [each for each in self.servers_.values() if each.status is S.ERROR]

    async def view_of(self, hostname: str, others: Collection[str]) -> CloudView:
        view = await self.view()
        here = [each for each in view.servers if each.host == hostname or each.uuid in others]
        return replace(view, servers=here)

    async def live_migrate(self, server: str, target: str | None) -> None:
        self._order(Way.LIVE, server)
        self._begin(Way.LIVE, server, target, status=S.MIGRATING, task="migrating")

    async def abort_live_migration(self, server: str) -> None:
        self._fail_if_down()
        self.orders.append(f"abort {self.servers_[server].name}")
        self.moves.pop(server, None)
        self._becomes(server, status=S.ACTIVE, task=None)

    async def cold_migrate(self, server: str, target: str | None) -> None:
        self._order(Way.COLD, server)
        self._begin(Way.COLD, server, target, status=S.RESIZE, task="resize_migrating")

    async def confirm(self, server: str) -> None:
        self._fail_if_down()
        if self._known(server).status is not S.VERIFY_RESIZE:
            raise Conflict("it waits for no confirmation", expected="", remedy="")
        self._becomes(server, status=S.ACTIVE)

    async def evacuate(self, server: str, target: str | None) -> None:
        self._order(Way.EVACUATE, server)
        if self.openstack.known[ServiceKind.COMPUTE].state is not ServiceState.DEAD:
            raise Conflict("its host is not marked as dead", expected="", remedy="")
        if self.has_power:
            self.violations.append(f"{server} was to be evacuated from a host that is not off")
        if server in self.lingering:
            self.violations.append(f"{server} was to be evacuated though it runs elsewhere already")
        self._begin(Way.EVACUATE, server, target, status=S.REBUILD, task="rebuilding")

    async def evacuates(self, server: str, hostname: str) -> bool:
        self._fail_if_down()
        self._advance()
        return server in self.moves or server in self.lingering or self._known(server).host != hostname

    async def stop(self, server: str) -> None:
        self._order(Way.STOP, server)
        self.runs_on[server].clear()
        self._becomes(server, status=S.SHUTOFF)

    async def start(self, server: str) -> None:
        self._fail_if_down()
        self.orders.append(f"start {self._known(server).name}")
        if self.servers_[server].status is not S.SHUTOFF:
            raise Conflict("it is not shut off", expected="", remedy="")
        self._becomes(server, status=S.ACTIVE)
        self._runs(server, str(self.servers_[server].host))

    def _order(self, way: Way, uuid: str) -> None:
        self._fail_if_down()
        self._advance()
        server = self._known(uuid)
        self.orders.append(f"{way} {server.name}")
        if (why := self.refused.get(f"{way} {server.name}")) is not None:
            raise Conflict(why, expected="", remedy="")
        if server.task is not None:
            self.violations.append(f"a second order for {server.name}")
            raise Conflict("it is busy", expected="", remedy="")

    def _begin(self, way: Way, uuid: str, target: str | None, **changes: object) -> None:
        fails = f"{way} {self.servers_[uuid].name}" in self.broken
        self.moves[uuid] = Move(way, target or OTHER, self.clock.now() + self.takes, fails)
        self.most_at_once = max(self.most_at_once, len(self.moves))
        self._becomes(uuid, **changes)
        self._may_kill()

    def _may_kill(self) -> None:
        if self.dies_after is not None:
            self.dies_after -= 1
            if self.dies_after <= 0:
                self.dies_after = None
                raise Killed

    def _advance(self) -> None:
        for uuid, move in list(self.moves.items()):
            if self.clock.now() < move.ends:
                continue
            del self.moves[uuid]
            if move.fails:
                broken = move.way is Way.EVACUATE
                self._becomes(uuid, status=S.ERROR if broken else S.ACTIVE, task=None, fault="No valid host")
                continue
            if move.way is Way.EVACUATE:
                self._becomes(uuid, status=S.ACTIVE, task=None)
                self._runs(uuid, move.target)
                self.lingering[uuid] = move
                continue
            self.runs_on[uuid].discard(HOST)
            confirm = move.way is Way.COLD
            self._becomes(uuid, host=move.target, status=S.VERIFY_RESIZE if confirm else S.ACTIVE, task=None)
            self._runs(uuid, move.target)
        for uuid, move in list(self.lingering.items()):
            if self.clock.now() >= move.ends + LINGERS:
                del self.lingering[uuid]
                self._becomes(uuid, host=move.target)

    def _runs(self, uuid: str, host: str) -> None:
        self.runs_on[uuid].add(host)
        if len(self.runs_on[uuid]) > 1:
            self.violations.append(f"{uuid} runs twice: {self.runs_on[uuid]}")

    def _becomes(self, uuid: str, **changes: Any) -> None:
        self.servers_[uuid] = replace(self.servers_[uuid], **changes)

    def _known(self, uuid: str) -> Server:
        if uuid not in self.servers_:
            raise NotFound("no such server", expected="", remedy="")
        return self.servers_[uuid]

    def _fail_if_down(self) -> None:
        if self.down:
            error: SturnusError = Unavailable("Nova does not answer", expected="", remedy="")
            raise error
