"""The hand: looks at each host that has something to do, and takes the step that `deciding` names.

Hosts do not wait for each other. Nothing is remembered here that would be missed: a new process reads the rows.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final, assert_never

import structlog

from sturnus.core.bells import rung_within
from sturnus.core.clock import Clock
from sturnus.core.errors import SturnusError
from sturnus.core.uninterrupted import uninterrupted
from sturnus.vim import looking
from sturnus.vim.deciding import Go, Rest, Run, decide
from sturnus.vim.facts import HostFacts
from sturnus.vim.looking import Outside
from sturnus.vim.machine import HostEvent, HostState
from sturnus.vim.places import HostPlace, Places
from sturnus.vim.plan import Hands, steps_for
from sturnus.vim.steps import AwaitNodeReady, DrainNode, Report, Step

AT_ONCE: Final = 0.0
SOON: Final = 0.1
"""Seconds until the effect of a step is looked at that takes effect at once."""
LOOK_EVERY: Final = 1.0
"""Seconds between two looks at a host that has something to do."""
AUDIT_EVERY: Final = timedelta(seconds=60)
"""Between two looks at all hosts: what a notice would have told earlier."""
STEP_DEADLINE: Final = 30.0
"""Seconds that one look, or one run of a step, may take."""

log = structlog.stdlib.get_logger(__name__)


class Driver:
    """The loop. One per database."""

    def __init__(self, places: Places, outside: Outside, clock: Clock) -> None:
        self._places = places
        self._outside = outside
        self._clock = clock
        self._running: dict[str, asyncio.Task[None]] = {}
        self._bell = asyncio.Event()
        self._audit_wanted = asyncio.Event()
        self.last_look: datetime | None = None
        """When the rows were last read: proof of progress for `/healthz`."""
        self.last_audit: datetime | None = None
        self.inventory_fails: str | None = "not asked yet"
        """Why the inventory could not be asked for all its hosts; None: it could."""

    def ring(self) -> None:
        """There may be something to do."""
        self._bell.set()

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
        task = group.create_task(self._drive(uuid), name=f"host {uuid}")
        self._running[uuid] = task
        task.add_done_callback(lambda _: self._running.pop(uuid, None))

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
        """Find hosts of which no notice told: those that differ from what was seen, are new, or are gone."""
        before = {place.uuid: place for place in await uninterrupted(self._places.all())}
        found = {host.uuid: host for host in await self._outside.inventory.hosts()}
        openstack = bool(await self._outside.openstack.services())
        if not openstack and any(place.has_services for place in before.values()):
            # They went with it. Should it come again, they are ensured anew.
            await uninterrupted(self._places.forget_services())
            before = {place.uuid: place for place in await uninterrupted(self._places.all())}
        news = {
            uuid: host.hostname
            for uuid, host in found.items()
            if uuid not in before or before[uuid].host != host or looking.wants_services(before[uuid], openstack)
        }
        news |= {uuid: place.hostname for uuid, place in before.items() if uuid not in found}
        if news:
            await uninterrupted(self._places.look_at(news))
            self.ring()
        self.last_audit = self._clock.now()

    async def _drive(self, uuid: str) -> None:
        """Go as far as one can without waiting; then wait a moment, unless the host is at rest."""
        try:
            while (pause := await self.step(uuid)) == AT_ONCE:
                pass
        except SturnusError as error:
            log.warning("host goes on later", host=uuid, reason=error.message)
            pause = LOOK_EVERY
        if pause is not None:
            await asyncio.sleep(pause)

    async def step(self, uuid: str) -> float | None:
        """Do one thing with a host; seconds until the next one. None: it is at rest."""
        place = await uninterrupted(self._places.find(uuid))
        if place is None:
            return None
        if place.has_news:
            await uninterrupted(self._places.saw(place, await self._outside.inventory.host(uuid)))
            return AT_ONCE
        facts, services = await looking.facts_of(place, self._outside, self._clock.now())
        hands = Hands(self._outside.inventory, self._outside.nodes, services)
        steps = steps_for(place.place.state, facts, hands, place.failure)
        decision = decide(place.place, facts, steps, place.reason, self._clock.now())
        match decision:
            case Rest():
                if facts.host is None and place.place.state is HostState.INITIAL:
                    await uninterrupted(self._places.forget(place))
                return None
            case Go():
                has_services = _has_services(place, facts, decision)
                await uninterrupted(self._places.go(place, decision, has_services=has_services))
                return AT_ONCE
            case Run(step):
                await self._run(place, facts, step)
                return LOOK_EVERY if isinstance(step, AwaitNodeReady | DrainNode) else SOON
            case other:
                assert_never(other)

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
        if reason and reason != known:
            await uninterrupted(self._places.waits(place.uuid, reason))
            await self._tell(place, facts, step, reason)

    async def _tell(self, place: HostPlace, facts: HostFacts, step: Step, reason: str) -> None:
        """Let the operator see what is waited for. Nothing depends on it, so a failure is only logged."""
        said = looking.progress(place.place.state, facts)
        if said is None or isinstance(step, Report):
            return
        log.info("host waits", host=place.hostname, step=step.name, reason=reason)
        try:
            await self._outside.inventory.report(place.uuid, said, reason)
        except SturnusError as error:
            log.warning("progress not told", host=place.hostname, reason=error.message)


def _has_services(place: HostPlace, facts: HostFacts, go: Go) -> bool:
    """Whether OpenStack services are there after a state that makes or removes them."""
    if go.event is not HostEvent.TASK_COMPLETED or not facts.openstack:
        return place.has_services
    return facts.runs_compute and place.place.state is not HostState.DELETING
