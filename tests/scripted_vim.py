"""A VIM on a real database file, with an inventory, a cluster and an OpenStack in memory that record each call."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sturnus.core.errors import Unavailable
from sturnus.core.states import LOCKS, UNLOCKS, Administrative, Availability, HostAction, ServicesReport
from sturnus.kubernetes.node import Occupant, OccupiedNode
from sturnus.store import migrate
from sturnus.store.database import Database
from sturnus.vim.driving import Driver
from sturnus.vim.facts import InventoryHost, ServiceKind, ServiceState
from sturnus.vim.looking import Outside
from sturnus.vim.machine import HostState
from sturnus.vim.places import HostPlace, Places
from sturnus.vim.ports import HostServices
from sturnus.vim.servers.orders import Orders
from tests.scripted_cloud import RecordedFaults, ScriptedCloud

UUID = "6b3dd953-b678-5f00-a950-31e30eafa015"
OTHER = "0d2b1c3a-0000-5f00-a950-31e30eafa016"
"""compute-1."""
COMPUTE = {"openstack-compute-node": "enabled"}
WITH_L3_AGENTS = frozenset({ServiceState.ABSENT, ServiceState.DISABLED, ServiceState.ENABLED})
WITH_OVN = frozenset({ServiceState.ABSENT, ServiceState.ENABLED, ServiceState.DEAD})
"""What `reachable` says of Neutron's agents."""


def a_host(**changes: Any) -> InventoryHost:
    """A pure Kubernetes worker in service."""
    host = InventoryHost(UUID, "compute-0", Administrative.UNLOCKED, Availability.AVAILABLE, None, {})
    return replace(host, **changes)


@dataclass
class ScriptedClock:
    time: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def passes(self, **how_long: float) -> None:
        self.time += timedelta(**how_long)


@dataclass
class ScriptedInventory:
    """Finishes actions as the real one does."""

    known: dict[str, InventoryHost] = field(default_factory=dict)
    reports: list[tuple[ServicesReport, str | None]] = field(default_factory=list)
    down: bool = False

    def put(self, host: InventoryHost) -> None:
        self.known[host.uuid] = host

    def ask(self, action: HostAction) -> None:
        self.put(replace(self.known[UUID], action=action))

    async def hosts(self) -> Sequence[InventoryHost]:
        self._fail_if_down()
        return list(self.known.values())

    async def host(self, uuid: str) -> InventoryHost | None:
        self._fail_if_down()
        return self.known.get(uuid)

    async def report(self, uuid: str, report: ServicesReport, reason: str | None) -> None:
        self._fail_if_down()
        self.reports.append((report, reason))
        host = self.known[uuid]
        match report:
            case ServicesReport.ENABLED if host.action in UNLOCKS:
                self.put(replace(host, action=None, administrative=Administrative.UNLOCKED))
            case ServicesReport.DISABLED if host.action in LOCKS:
                self.put(replace(host, action=None, administrative=Administrative.LOCKED))
            case ServicesReport.DISABLE_FAILED | ServicesReport.ENABLE_FAILED:
                self.put(replace(host, action=None))

    def _fail_if_down(self) -> None:
        if self.down:
            raise Unavailable("the inventory does not answer", expected="", remedy="")


@dataclass
class ScriptedCluster:
    """One node. Pods leave when they are evicted, unless a budget holds them."""

    node: OccupiedNode | None = field(default_factory=lambda: OccupiedNode(True, None, frozenset(), ()))
    held: dict[str, str] = field(default_factory=dict)  # pod to budget
    evictions: list[str] = field(default_factory=list)
    down: bool = False

    def runs(self, *names: str) -> None:
        assert self.node is not None
        self.node = replace(self.node, pods=tuple(Occupant("default", name, terminating=False) for name in names))

    def tied(self, *names: str) -> None:
        """Pods of DaemonSets, which go only when the node is emptied by force."""
        assert self.node is not None
        self.node = replace(self.node, shut_out=tuple(Occupant("openstack", name, terminating=False) for name in names))

    async def look(self, name: str) -> OccupiedNode | None:
        self._fail_if_down()
        return self.node

    async def set_effects(self, name: str, effects: frozenset[str]) -> None:
        self._fail_if_down()
        assert self.node is not None
        self.node = replace(self.node, effects=effects)

    async def take_out_of_service(self, name: str) -> None:
        self._fail_if_down()
        assert self.node is not None
        self.node = replace(self.node, out_of_service=True)

    async def bring_back(self, name: str) -> None:
        self._fail_if_down()
        assert self.node is not None
        self.node = replace(self.node, out_of_service=False)

    async def evict(self, pod: Occupant) -> str | None:
        self._fail_if_down()
        self.evictions.append(pod.name)
        if pod.name in self.held:
            return f"The disruption budget {self.held[pod.name]} needs 1 healthy pods and has 1 currently"
        assert self.node is not None
        self.node = replace(self.node, pods=tuple(each for each in self.node.pods if each.name != pod.name))
        return None

    def _fail_if_down(self) -> None:
        if self.down:
            raise Unavailable("Kubernetes does not answer", expected="", remedy="")


@dataclass
class RecordedService:
    """An OpenStack service that does what it is asked, and remembers every call."""

    kind: ServiceKind
    calls: list[str]
    state: ServiceState = ServiceState.ABSENT
    down: bool = False
    states: frozenset[ServiceState] = frozenset(ServiceState) - {ServiceState.DOWN}
    keeps: str = ""  # why it does not do what it is asked

    def reachable(self, hostname: str) -> frozenset[ServiceState]:
        return self.states

    async def look(self, hostname: str) -> ServiceState:
        self._record(f"look {hostname}")
        return self.state

    async def bring(self, hostname: str, wanted: ServiceState) -> str:
        self._record(f"{wanted} {hostname}")
        if self.keeps:
            return self.keeps
        is_chassis = self.kind is ServiceKind.NETWORK and wanted is ServiceState.DEAD
        self.state = ServiceState.ABSENT if is_chassis else wanted
        return ""

    def _record(self, what: str) -> None:
        self.calls.append(f"{self.kind} {what}")
        if self.down:
            raise Unavailable(f"{self.kind} does not answer", expected="", remedy="")


@dataclass
class RecordedOpenStack:
    """OpenStack, installed or not."""

    installed: bool = False
    unreadable: str = ""  # why its files make no sense
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known = {kind: RecordedService(kind, self.calls) for kind in ServiceKind}
        self.known[ServiceKind.NETWORK].states = WITH_L3_AGENTS

    async def services(self) -> Mapping[ServiceKind, HostServices]:
        self.must_be_readable()
        return self.known if self.installed else {}

    def must_be_readable(self) -> None:
        if self.unreadable:
            raise Unavailable(self.unreadable, expected="", remedy="")

    @property
    def changes(self) -> list[str]:
        return [call for call in self.calls if " look " not in call]


class ScriptedVim:
    """Drives one host by hand: no loop, no waiting."""

    def __init__(self, directory: Path) -> None:
        self.clock = ScriptedClock()
        self.inventory, self.cluster, self.openstack = ScriptedInventory(), ScriptedCluster(), RecordedOpenStack()
        self.cloud = ScriptedCloud(self.clock, self.openstack, self.inventory)
        self.faults = RecordedFaults()
        self._database = Database(f"sqlite+aiosqlite:///{directory}/vim.db")
        self.start()

    def start(self) -> None:
        """A new process on the same database."""
        self.places = Places(self._database, self.clock)
        self.orders = Orders(self._database, self.clock)
        outside = Outside(
            self.inventory, self.cluster, self.openstack, "controller-0", cloud=self.cloud, faults=self.faults
        )
        self.driver = Driver(self.places, self.orders, outside, self.clock)

    async def prepare(self) -> None:
        await migrate.upgrade(self._database)

    async def close(self) -> None:
        await self._database.close()

    async def hears(self) -> None:
        """A notice arrives."""
        await self.places.look_at({UUID: "compute-0"})

    async def in_service(self, **host: Any) -> HostPlace | None:
        """The host, beside a compute host, with OpenStack."""
        self.openstack.installed = True
        await self.knows_of(a_host(uuid=OTHER, hostname="compute-1", labels=COMPUTE))
        self.inventory.put(a_host(**host))
        await self.hears()
        return await self.runs()

    async def becomes(self, **changes: Any) -> None:
        """The inventory says something else of the host."""
        self.inventory.put(replace(self.inventory.known[UUID], **changes))
        await self.hears()

    async def asks(self, action: HostAction) -> None:
        """An operator asks for something to be done with the host."""
        self.inventory.ask(action)
        await self.hears()

    async def is_fenced(self) -> None:
        """It failed, and is off for sure."""
        self.cloud.power(on=False)
        await self.becomes(availability=Availability.FAILED, fencing="fenced", is_surely_down=True)

    async def is_back(self) -> None:
        """It is heard again after that."""
        self.cloud.power(on=True)
        await self.becomes(availability=Availability.AVAILABLE, fencing=None, is_surely_down=False)

    async def state(self) -> HostState:
        """Where the host is."""
        place = await self.place()
        assert place is not None
        return place.place.state

    async def knows_of(self, *hosts: InventoryHost) -> None:
        """Hosts that are in service beside the one that is driven."""
        for host in hosts:
            self.inventory.put(host)
            await self.places.look_at({host.uuid: host.hostname})
            place = await self.places.find(host.uuid)
            assert place is not None
            await self.places.saw(place, host)

    async def step(self) -> float | None:
        """Do one thing; seconds until the next, as the driver waits: not after the bell rang."""
        bell = asyncio.Event()
        pause = await self.driver.step(UUID, bell)
        return 0.001 if bell.is_set() and pause is not None else pause

    async def settle(self) -> HostPlace | None:
        """Go on until it rests."""
        for _ in range(100):
            if await self.step() is None:
                return await self.place()
        raise AssertionError(f"it does not rest: {await self.place()}")

    async def runs(self, seconds: float = 600, pace: float = 0) -> HostPlace | None:
        """Go on, in the time that it takes, until it rests or the time is over. Each step takes `pace` or more."""
        end = self.clock.now() + timedelta(seconds=seconds)
        while self.clock.now() < end:
            if (pause := await self.step()) is None:
                break
            self.clock.passes(seconds=max(pause, pace))
        return await self.place()

    async def place(self) -> HostPlace | None:
        return await self.places.find(UUID)
