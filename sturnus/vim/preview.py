"""What a lock would do to a host, and whether it would go through: asked now, nothing changed.

Servers and pods are asked for side by side. Whoever does not answer leaves a gap that says why; the other half is told
all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from sturnus.core.errors import SturnusError
from sturnus.core.states import ANSWERING, Administrative, Availability
from sturnus.inventory.labels import ENABLED, runs_openstack_compute
from sturnus.kubernetes.budgets import Leaver
from sturnus.vim.facts import HostFacts, InventoryHost
from sturnus.vim.places import HostPlace, Places
from sturnus.vim.servers.leaving import Leaving, Way
from sturnus.vim.servers.planner import Moves, Reason, plan_leaving
from sturnus.vim.servers.ports import LookedAt

DEADLINE: Final = 20.0
"""Seconds for either half: a large cloud's list of servers takes its time, and nobody but a reader waits."""
IN_SERVICE: Final = frozenset({Availability.AVAILABLE, Availability.DEGRADED})

T = TypeVar("T")


class Occupants(Protocol):
    """The pods of the cluster's nodes."""

    async def leavers(self, node: str) -> Sequence[Leaver]:
        """Those that have to leave a node, with their budgets. Unavailable: no answer in time."""
        ...


@dataclass(frozen=True, slots=True)
class Half(Generic[T]):
    """One half of a preview."""

    found: T | None  # None: see `missing`; of servers also: the host runs none
    missing: str | None = None  # why it is not known


@dataclass(frozen=True, slots=True)
class Preview:
    """What a lock would do to a host."""

    uuid: str
    hostname: str | None
    kind: Reason  # that was asked for: a lock, or a forced one
    reason: Reason  # why servers would leave: a failure, where the host surely is down
    servers: Half[Leaving]
    pods: Half[Sequence[Leaver]]

    @property
    def obstacles(self) -> Sequence[str]:
        """What the lock would fail on. A forced one waits for nothing, so nothing stands against it."""
        if self.kind is not Reason.LOCK:
            return ()
        found = []
        if self.servers.missing is not None:
            found.append(f"its servers are not known: {self.servers.missing}")
        departures = () if self.servers.found is None else self.servers.found.departures
        if self.reason is Reason.LOCK:  # whom a dead host leaves behind holds up no lock of it
            found += [f"server {each.server.name}: {each.why}" for each in departures if each.way is Way.CANNOT]
        if self.pods.missing is not None:
            found.append(f"its pods are not known: {self.pods.missing}")
        for pod in self.pods.found or ():
            if (why := pod.held_up_by) is not None:
                found.append(f"pod {pod.title}: {why}")
        return found


async def nothing_moved() -> Moves:
    """Nobody knows how long moves take."""
    return Moves()


@dataclass(frozen=True, slots=True)
class Previews:
    """Makes them."""

    places: Places
    cloud: LookedAt
    occupants: Occupants
    own_hostname: str
    moves: Callable[[], Awaitable[Moves]] = nothing_moved

    async def of(self, uuid: str, kind: Reason) -> Preview | None:
        """What a lock, or a forced one, would do to this host; None: it is not known."""
        places = await self.places.all()
        place = next((each for each in places if each.uuid == uuid and each.host is not None), None)
        if place is None:
            return None
        # As `looking` has it when it is locked.
        is_surely_down = HostFacts(place.host, place.hostname, node=None).is_surely_down
        reason = Reason.FAILURE if is_surely_down else kind
        servers, pods = await asyncio.gather(
            _half(self._servers(place, reason, target_labels(places, uuid))), _half(self._pods(place))
        )
        return Preview(uuid, place.hostname, kind, reason, servers, pods)

    async def _servers(self, place: HostPlace, reason: Reason, hosts: Mapping[str, frozenset[str]]) -> Leaving | None:
        if place.hostname is None or place.host is None:
            return None
        if not (runs_openstack_compute(place.host.labels) or place.has_services):
            return None  # spec: a pure Kubernetes worker causes no call
        servers = await self.cloud.servers()
        if servers is None:
            return None
        view, moves = await servers.view(), await self.moves()
        # Many servers over many hosts are a second's work: nobody else waits for it.
        return await asyncio.to_thread(plan_leaving, view, place.hostname, reason=reason, hosts=hosts, moves=moves)

    async def _pods(self, place: HostPlace) -> Sequence[Leaver]:
        # As `steps.DrainNode`: what runs us stays open, and on a host that does not answer nothing ends in order.
        answers = place.host is not None and place.host.availability in ANSWERING
        if place.hostname is None or place.hostname == self.own_hostname or not answers:
            return ()
        return await self.occupants.leavers(place.hostname)


def target_labels(places: Iterable[HostPlace], leaving: str) -> Mapping[str, frozenset[str]]:
    """The labels of hosts in service, and of the host that is left (its uuid): as `plan_leaving` wants them."""
    hosts = (each.host for each in places if each.host is not None)
    return {
        host.hostname: frozenset(key for key, value in host.labels.items() if value == ENABLED)
        for host in hosts
        if host.hostname is not None and (host.uuid == leaving or _is_in_service(host))
    }


def _is_in_service(host: InventoryHost) -> bool:
    unlocked = host.administrative is Administrative.UNLOCKED
    return unlocked and host.action is None and host.availability in IN_SERVICE


async def _half(asked: Awaitable[T | None]) -> Half[T]:
    try:
        async with asyncio.timeout(DEADLINE):
            return Half(await asked)
    except SturnusError as error:
        return Half(None, error.message)
    except TimeoutError:
        return Half(None, f"there was no answer within {DEADLINE:.0f} s")
