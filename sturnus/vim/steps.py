"""The steps. Each decides from facts of now whether it is done, and may run any number of times."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from sturnus.core.few import few
from sturnus.core.states import LOCKS, UNLOCKS, Administrative, ServicesReport
from sturnus.kubernetes.node import Occupant
from sturnus.vim.facts import HostFacts, ServiceKind, ServiceState
from sturnus.vim.ports import HostServices, Inventory, Nodes

NO_SCHEDULE: Final = "NoSchedule"
NO_EXECUTE: Final = "NoExecute"

DRAIN_DEADLINE: Final = timedelta(minutes=10)
"""For the pods of a host that is locked (reference/vim.md §3.4, work 10)."""
DRAIN_FORCED: Final = timedelta(seconds=30)
"""A force-lock waits this long for budgets and for pods to end; then the taint removes what is left."""
FORCED_WITHOUT: Final = timedelta(seconds=20)
"""A force-lock waits this long for an OpenStack that does not answer; then it goes on without."""
READY_DEADLINE: Final = timedelta(minutes=5)
CLUSTER_DEADLINE: Final = timedelta(minutes=2)
SERVICE_DEADLINE: Final = timedelta(seconds=120)
"""The default of upstream's work on a host (reference/vim.md §2.9)."""
PODS_DEADLINE: Final = timedelta(minutes=5)
OUT: Final = frozenset({ServiceState.DISABLED, ServiceState.DEAD})
EVICTIONS_AT_ONCE: Final = 8
NAMED: Final = 3
"""Pods that a reason names."""


class Step(Protocol):
    """One step of a host's way from one state to another."""

    @property
    def name(self) -> str:
        """For the row and the log."""
        ...

    @property
    def deadline(self) -> timedelta | None:
        """How long it may take. None: it waits for the inventory, and no host is to blame for that."""
        ...

    def done(self, facts: HostFacts) -> bool:
        """Whether nothing is left to do."""
        ...

    def hopeless(self, facts: HostFacts) -> str | None:
        """Why it can never be done as things are; None: it can, or who knows."""
        ...

    async def run(self, facts: HostFacts) -> str:
        """Do what can be done now; return what is waited for then, in words, "" for nothing. Raises the closed set."""
        ...


class Patient:
    """A step that can be done as soon as others allow it: it waits until its deadline."""

    __slots__ = ()

    def hopeless(self, facts: HostFacts) -> str | None:
        """Never."""
        return None


@dataclass(frozen=True, slots=True)
class AwaitNodeReady(Patient):
    """A node that is not ready would only collect pods that cannot start. Who forces an unlock does not wait."""

    name = "AwaitNodeReady"
    deadline = READY_DEADLINE

    def done(self, facts: HostFacts) -> bool:
        """Also without a node: it has nothing to wait for (reference/vim.md §1.8)."""
        if facts.is_forced or facts.action is None:
            return True
        return facts.node_unknown is None and (facts.node is None or facts.node.ready)

    async def run(self, facts: HostFacts) -> str:
        """Only look."""
        if facts.node_unknown is not None:
            return facts.node_unknown
        why = None if facts.node is None else facts.node.not_ready_because
        return f"node {facts.hostname} is not ready: {why or 'its kubelet has not said why'}"


@dataclass(frozen=True, slots=True)
class SetNode(Patient):
    """Has our taint on the node with exactly these effects: none opens it, NoSchedule closes it, NoExecute empties it.

    A taint and not `kubectl cordon`: that mark may be somebody else's, and nobody could tell later whose it was.
    """

    name: str
    nodes: Nodes
    effects: frozenset[str]
    deadline = CLUSTER_DEADLINE

    def done(self, facts: HostFacts) -> bool:
        """Also without a node, and on the controller that runs us (only a simplex one can be locked): it stays open."""
        wanted = frozenset[str]() if facts.is_own else self.effects
        if facts.node_unknown is not None:
            return False
        # More than what is wanted is what a later step wants, unless the node has to be open.
        return facts.node is None or facts.node.effects == wanted or bool(wanted and facts.node.effects >= wanted)

    async def run(self, facts: HostFacts) -> str:
        """Patch it."""
        if facts.hostname is not None:
            await self.nodes.set_effects(facts.hostname, frozenset() if facts.is_own else self.effects)
        return ""


@dataclass(frozen=True, slots=True)
class DrainNode(Patient):
    """Has the pods leave in order: PodDisruptionBudgets are respected, and named when they hold up a lock."""

    nodes: Nodes
    name = "DrainNode"
    deadline = DRAIN_DEADLINE

    def done(self, facts: HostFacts) -> bool:
        """Also where nothing can end in order: on a host that does not answer. And forced, after a while."""
        if facts.is_own or not facts.answers:
            return True
        if facts.is_forced and facts.in_state_for - spent_on_servers(facts) > DRAIN_FORCED:
            return True
        if facts.node is None:
            return facts.node_unknown is None
        # Once the node is emptied by force, nobody can be asked any more: what is left ends by itself.
        return not facts.node.pods or NO_EXECUTE in facts.node.effects

    async def run(self, facts: HostFacts) -> str:
        """Ask for all that do not go yet, a few at a time."""
        if facts.node is None:
            return facts.node_unknown or ""
        pods = facts.node.pods
        room = asyncio.Semaphore(EVICTIONS_AT_ONCE)

        async def evict(pod: Occupant) -> str | None:
            async with room:
                refusal = await self.nodes.evict(pod)
            return None if refusal is None else f"pod {pod.title} may not leave: {refusal}"

        refusals = await asyncio.gather(*(evict(pod) for pod in pods if not pod.terminating))
        blocked = [refusal for refusal in refusals if refusal is not None]
        return (
            "; ".join(few(blocked, NAMED))
            if blocked
            else f"pods end: {', '.join(few([pod.title for pod in pods], NAMED))}"
        )


@dataclass(frozen=True, slots=True)
class BringService(Patient):
    """Has one OpenStack service of the host in a state."""

    kind: ServiceKind
    wanted: ServiceState
    service: HostServices
    or_else: ServiceState | None = None  # which will do as well

    @property
    def deadline(self) -> timedelta:
        """A service that shall work comes with its pods, which may have images to fetch."""
        return PODS_DEADLINE if self.wanted is ServiceState.ENABLED else SERVICE_DEADLINE

    @property
    def name(self) -> str:
        """Which, and where to."""
        return f"BringService {self.kind} {self.wanted}"

    def done(self, facts: HostFacts) -> bool:
        """It is so, or can never be: what takes no order holds nobody up. The dead are disabled, too.

        A force-lock goes on without a service that does not answer.
        """
        if facts.hostname is not None and self.wanted not in self.service.reachable(facts.hostname):
            return True
        if facts.is_force_locked and self.wanted in OUT and facts.in_state_for > FORCED_WITHOUT:
            return True
        found = facts.services.get(self.kind)
        if self.wanted is ServiceState.DISABLED and found is ServiceState.DEAD:
            return True
        return found in {self.wanted, self.or_else or self.wanted}

    async def run(self, facts: HostFacts) -> str:
        """Ask for it."""
        return "" if facts.hostname is None else await self.service.bring(facts.hostname, self.wanted)


@dataclass(frozen=True, slots=True)
class Report(Patient):
    """Tells the inventory how an action ended, until the inventory shows that it has heard."""

    inventory: Inventory
    report: ServicesReport
    reason: str | None = None
    deadline = None

    @property
    def name(self) -> str:
        """What is said."""
        return f"Report {self.report}"

    def done(self, facts: HostFacts) -> bool:
        """Nobody waits for it any more."""
        if facts.host is None:
            return True
        unlocked = facts.host.administrative is Administrative.UNLOCKED
        match self.report:
            case ServicesReport.ENABLED:
                return facts.action not in UNLOCKS and unlocked
            case ServicesReport.DISABLED:
                return facts.action not in LOCKS and not unlocked
            case _:
                return facts.action not in LOCKS | UNLOCKS

    async def run(self, facts: HostFacts) -> str:
        """Say it. What the inventory makes of it is seen the next time."""
        if facts.host is not None:
            await self.inventory.report(facts.host.uuid, self.report, self.reason)
        return ""


def spent_on_servers(facts: HostFacts) -> timedelta:
    """Of the time that the host is in its state: pods get theirs after that."""
    return timedelta() if facts.servers is None else facts.servers.took
