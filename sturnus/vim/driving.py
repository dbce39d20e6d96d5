"""The hand: looks at each host that has something to do, and takes the step that `deciding` names.

Hosts do not wait for each other. Nothing is remembered here that would be missed: a new process reads the rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

import structlog

from sturnus.core.bells import rung_within
from sturnus.core.clock import Clock
from sturnus.core.errors import SturnusError
from sturnus.core.uninterrupted import uninterrupted
from sturnus.vim import looking
from sturnus.vim.alarms import Alarms
from sturnus.vim.deciding import Go, Rest, Run, decide
from sturnus.vim.facts import HostFacts
from sturnus.vim.failing import AwaitFencing, AwaitFewerFailures
from sturnus.vim.gateways import FreeGatewaysOfLocked
from sturnus.vim.looking import Known, Outside
from sturnus.vim.machine import HostEvent, HostState, next_state
from sturnus.vim.places import HostPlace, Places
from sturnus.vim.plan import Hands, steps_for
from sturnus.vim.servers.failed import FailedServers
from sturnus.vim.servers.findings import Next, find
from sturnus.vim.servers.ordering import Orderly
from sturnus.vim.servers.orders import Orders
from sturnus.vim.servers.pacing import pause_for
from sturnus.vim.servers.steps import MoveServers, StartServers
from sturnus.vim.servers.views import Views
from sturnus.vim.silence import Silence
from sturnus.vim.steps import AwaitNodeReady, DrainNode, Report, Step
from sturnus.vim.unreadable import said_of

AT_ONCE: Final = 0.0
NEXT: Final = 0.01
"""Seconds until the effect of a step is looked at for the first time that takes effect at once."""
SOON: Final = 0.1
"""The same when it has not: it is run again then."""
LINGERS: Final = timedelta(seconds=1)
LOOK_EVERY: Final = 1.0
"""Seconds between two looks at a host that has something to do."""
AUDIT_EVERY: Final = timedelta(seconds=60)
"""Between two looks at all hosts: what a notice would have told earlier."""
STEP_DEADLINE: Final = 30.0
"""Seconds that one look, or one run of a step, may take."""
TRIED_AGAIN_AFTER: Final = timedelta(minutes=10)
"""Until servers that could not be started elsewhere are tried again."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Running:
    """A host that is being driven."""

    task: asyncio.Task[None]
    bell: asyncio.Event


class Driver:
    """The loop. One per database."""

    def __init__(self, places: Places, orders: Orders, outside: Outside, clock: Clock) -> None:
        self._places = places
        self._outside = outside
        self._clock = clock
        self._known = Known(places, orders, Views(outside.cloud, clock), outside.limits)
        self._orderly = Orderly(outside.cloud, orders, outside.limits)
        self._alarms = Alarms(outside.faults)
        self._silence = Silence(self._alarms)
        self._failed = FailedServers(outside.cloud, self._alarms)
        self._running: dict[str, _Running] = {}
        self._bell = asyncio.Event()
        self._audit_wanted = asyncio.Event()
        self.last_look: datetime | None = None
        """When the rows were last read: proof of progress for `/healthz`."""
        self.last_audit: datetime | None = None
        self.inventory_fails: str | None = "not asked yet"
        """Why the inventory could not be asked for all its hosts; None: it could."""

    def ring(self, uuid: str | None = None) -> None:
        """There may be something to do; with this host, also if it is waiting."""
        self._bell.set()
        if uuid is not None and (running := self._running.get(uuid)) is not None:
            running.bell.set()

    def look_at_all(self) -> None:
        """All hosts may be concerned: OpenStack came or went."""
        self._audit_wanted.set()

    async def run(self) -> None:
        """Drive until cancelled. A defect in a step ends the process: the next one goes on from the rows."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._audit(), name="audit")
            while True:
                self._bell.clear()
                try:
                    for uuid in await uninterrupted(self._places.with_work()):
                        if uuid not in self._running:
                            self._start(group, uuid)
                    self.last_look = self._clock.now()
                except SturnusError as error:
                    log.warning("hosts not looked at", reason=error.message)
                await rung_within(self._bell, LOOK_EVERY)

    def _start(self, group: asyncio.TaskGroup, uuid: str) -> None:
        bell = asyncio.Event()
        task = group.create_task(self._drive(uuid, bell), name=f"host {uuid}")
        self._running[uuid] = _Running(task, bell)
        task.add_done_callback(lambda _: self._rested(uuid))

    def _rested(self, uuid: str) -> None:
        self._running.pop(uuid, None)
        self._bell.set()  # it may have something to do again

    async def _audit(self) -> None:
        while True:
            self._audit_wanted.clear()
            try:
                await self.audit()
                self.inventory_fails = None
                pause = AUDIT_EVERY
            except SturnusError as error:
                self.inventory_fails = error.message
                log.warning("hosts not audited", reason=error.message)
                pause = timedelta(seconds=LOOK_EVERY * 5)
            await rung_within(self._audit_wanted, pause.total_seconds())

    async def audit(self) -> None:
        """Find hosts of which no notice told: those that differ from what was seen, are new, or are gone.

        And those whose news was seen by a process that was killed before it acted.
        """
        before = {place.uuid: place for place in await uninterrupted(self._places.all())}
        found = {host.uuid: host for host in await self._outside.inventory.hosts()}
        said = await said_of(self._outside.openstack)
        openstack = bool(said.services)
        if not openstack and any(place.has_services for place in before.values()):
            # They went with it, and so did the servers. Should it come again, services are ensured anew.
            await uninterrupted(self._places.forget_openstack())
            before = {place.uuid: place for place in await uninterrupted(self._places.all())}
        news = {
            uuid: host.hostname
            for uuid, host in found.items()
            if uuid not in before or before[uuid].host != host or looking.is_to_move_on(before[uuid], said.is_installed)
        }
        news |= {uuid: place.hostname for uuid, place in before.items() if uuid not in found}
        if news:
            await uninterrupted(self._places.look_at(news))
            self.ring()
        active = await self._alarms.agree()
        await self._silence.ask_again(active, said.services, self._outside.own_hostname)
        await self._audit_failed(before.values(), TRIED_AGAIN_AFTER if openstack else timedelta())
        await self._audit_orders(before.values())
        # Last: nobody waits for it, and a silent Nova takes its time.
        await self._failed.look(active, any(place.has_services for place in before.values()))
        self.last_audit = self._clock.now()

    async def _audit_failed(self, places: Iterable[HostPlace], pause: timedelta) -> None:
        """What could not be started elsewhere is tried again after a pause: room may have come, or nobody misses it."""
        now = self._clock.now()
        for place in places:
            await self._alarms.repeat(place)
            left_behind = place.place.state is HostState.FAILED and place.failure is not None
            if left_behind and now - place.state_since >= pause:
                again = Go(next_state(place.place.state, HostEvent.TRY_AGAIN), HostEvent.TRY_AGAIN)
                await uninterrupted(self._places.go(place, again, has_services=place.has_services))
                self.ring(place.uuid)

    async def _audit_orders(self, places: Iterable[HostPlace]) -> None:
        """See what became of orders that nobody waits for any more: those of hosts that are at rest by now."""
        looked_at = {place.hostname for place in places if place.place.state in looking.ASKED}
        left = [each for each in await uninterrupted(self._known.orders.open()) if each.hostname not in looked_at]
        if not left:
            return
        now = self._clock.now()
        try:
            view = await self._known.views.since(now)
        except SturnusError as error:
            log.warning("orders not audited", reason=error.message)
            return
        if view is not None:
            servers = {server.uuid: server for server in view.servers}
            found = [find(order, servers.get(order.server), view.taken, now) for order in left]
            await self._orderly.follow(found)

    async def _drive(self, uuid: str, bell: asyncio.Event) -> None:
        """Go on until the host is at rest; between two steps wait a while, or for news."""
        while True:
            bell.clear()
            try:
                pause = await self.step(uuid, bell)
            except SturnusError as error:
                log.warning("host goes on later", host=uuid, reason=error.message)
                pause = LOOK_EVERY
            if pause is None:
                return
            if pause != AT_ONCE:
                await rung_within(bell, pause)

    async def step(self, uuid: str, bell: asyncio.Event) -> float | None:
        """Do one thing with a host; seconds until the next one, unless `bell` rings before. None: it is at rest."""
        place = await uninterrupted(self._places.find(uuid))
        if place is None:
            return None
        if place.has_news:
            await uninterrupted(self._places.saw(place, await self._outside.inventory.host(uuid)))
            return AT_ONCE
        facts, services = await looking.facts_of(place, self._outside, self._known, self._clock.now())
        orderly = replace(self._orderly, look_again=bell.set)
        await self._silence.heard(facts, self._clock.now())
        hands = Hands(self._outside.inventory, self._outside.nodes, services, orderly)
        steps = steps_for(place.place.state, facts, hands, place.failure)
        decision = decide(place.place, facts, steps, place.reason, self._clock.now())
        match decision:
            case Rest():
                if facts.host is None and place.place.state is HostState.INITIAL:
                    await uninterrupted(self._places.forget(place))
                return None
            case Go():
                if decision.state is HostState.FAILED and facts.servers is not None:
                    decision = replace(decision, reason=facts.servers.obstacles or None)
                has_services = _has_services(place, facts, decision)
                await self._alarms.entering(place, decision.state, decision.reason)
                await uninterrupted(self._places.go(place, decision, has_services=has_services))
                return AT_ONCE
            case Run(step):
                await self._run(place, facts, step)
                return self._pause_after(step, place, facts)
            case other:
                assert_never(other)

    def _pause_after(self, step: Step, place: HostPlace, facts: HostFacts) -> float:
        """Seconds until the effect of a step is looked at."""
        now = self._clock.now()
        match step:
            case MoveServers() | StartServers():
                moving = facts.starting if facts.servers is None else facts.servers.findings
                return pause_for((each.order for each in moving if each.next is Next.WAIT), now)
            case AwaitNodeReady() | DrainNode() | AwaitFencing() | AwaitFewerFailures() | FreeGatewaysOfLocked():
                return LOOK_EVERY  # it takes its time
            case _:
                since = place.place.step_since if place.place.step == step.name else None
        if since is None:
            return NEXT
        return LOOK_EVERY if now - since > LINGERS else SOON

    async def _run(self, place: HostPlace, facts: HostFacts, step: Step) -> None:
        known = place.reason
        if place.place.step != step.name:
            await uninterrupted(self._places.begin(place.uuid, step))
            known = None
        try:
            async with asyncio.timeout(STEP_DEADLINE):
                reason = await step.run(facts)
        except SturnusError as error:
            reason = error.message
        except TimeoutError:
            reason = f"{step.name} had no answer within {STEP_DEADLINE:.0f} s"
        if isinstance(step, Report):
            await uninterrupted(self._places.look_at({place.uuid: place.hostname}))
        await self._alarms.waiting(place, facts, step, reason)
        if reason and reason != known:
            waits = uninterrupted(self._places.waits(place.uuid, reason))
            await asyncio.gather(waits, self._tell(place, facts, step, reason))

    async def _tell(self, place: HostPlace, facts: HostFacts, step: Step, reason: str) -> None:
        """Let the operator see what is waited for. Nothing depends on it, so a failure is only logged."""
        if isinstance(step, Report):
            return
        log.info("host waits", host=place.hostname, step=step.name, reason=reason)
        said = looking.progress(place.place.state, facts)
        if said is None:
            return
        try:
            await self._outside.inventory.report(place.uuid, said, reason)
        except SturnusError as error:
            log.warning("progress not told", host=place.hostname, reason=error.message)


def _has_services(place: HostPlace, facts: HostFacts, go: Go) -> bool:
    """Whether OpenStack services are there after a state that makes or removes them."""
    if go.event is not HostEvent.TASK_COMPLETED or not facts.openstack:
        return place.has_services
    return facts.runs_compute and place.place.state is not HostState.DELETING
