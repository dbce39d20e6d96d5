"""Carries out what needs hands on a machine: power on and off, reset, reboot. `power.next_step` decides each step.

What is under way is in the host's row (`ihost_action`); how far it has come, in a row beside it. The loop looks each
second at the hosts that have something under way, and at nothing else; a slow controller holds up no other host.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, assert_never

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from sturnus.core.errors import Conflict, Forbidden, Invalid, SturnusError, Unavailable
from sturnus.core.states import POWER_ACTIONS, Fencing, HostAction
from sturnus.core.uninterrupted import uninterrupted
from sturnus.inventory import acting, bmc
from sturnus.inventory.changing import Ground
from sturnus.inventory.lifecycle import Done, Failed
from sturnus.inventory.ports import PowerControl
from sturnus.inventory.power import Ask, AskAgent, Asked, PowerFacts, Step, Wait, next_step
from sturnus.inventory.sightings import Sightings
from sturnus.redfish.power import Controller, Power
from sturnus.store import failures, hosts, power_actions
from sturnus.store.models import HostRow
from sturnus.store.power_actions import PowerActionRow

LOOK_EVERY: Final = 1.0
HEARD_WITHIN: Final = 5.0
"""Seconds within which an agent must have been heard to be given an order."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the tables say."""

    action: HostAction
    running_for: timedelta
    asked: str | None
    asked_for: timedelta
    has_agent: bool
    booted_anew: bool
    is_being_fenced: bool
    controller: Controller | None
    cannot_ask: str | None


class PowerActions:
    """The loop."""

    def __init__(self, ground: Ground, power: PowerControl, sightings: Sightings) -> None:
        self._ground = ground
        self._power = power
        self._hearing = sightings.hearing
        self._waits_for = sightings.waits_for
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Look until cancelled. A defect in a step ends the process, as any other."""
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    for host in await uninterrupted(self._busy()):
                        if host not in self._running:
                            self._start(group, host)
                except SturnusError as error:
                    log.warning("actions not looked at", reason=error.message)
                await asyncio.sleep(LOOK_EVERY)

    def _start(self, group: asyncio.TaskGroup, host: str) -> None:
        task = group.create_task(self.step(host), name=f"power of {host}")
        self._running[host] = task
        task.add_done_callback(lambda _: self._running.pop(host, None))

    async def _busy(self) -> list[str]:
        async with self._ground.database.read() as session:
            return list(await power_actions.busy_hosts(session))

    async def step(self, host: str) -> None:
        """Take the next step of the action on one host."""
        try:
            stored = await uninterrupted(self._stored(host))
            if stored is None:
                return
            power, unknown, refused = await self._power_of(stored.controller)
            facts = PowerFacts(
                action=stored.action,
                running_for=stored.running_for,
                asked=stored.asked,
                asked_for=stored.asked_for,
                power=power,
                power_unknown=unknown,
                cannot_ask=refused or stored.cannot_ask,
                has_agent=stored.has_agent,
                heard=self._is_heard(host),
                booted_anew=stored.booted_anew,
                is_being_fenced=stored.is_being_fenced,
            )
            await self._take(host, stored, next_step(facts))
        except SturnusError as error:
            log.warning("power action goes on later", host=host, reason=error.message)

    async def _take(self, host: str, stored: _Stored, step: Step) -> None:
        match step:
            case Ask():
                if stored.controller is not None:
                    await self._ask(host, stored, stored.controller, step)
            case AskAgent():
                await uninterrupted(self._asked(host, Asked.AGENT))
                self._hearing.want(host)
            case Wait(reason):
                if stored.asked == Asked.AGENT:
                    self._hearing.want(host)  # also after a restart of this process
                self._waits_for[host] = reason
            case Done() | Failed():
                self._waits_for.pop(host, None)
                self._hearing.want_no_more(host)
                if isinstance(step, Done) and stored.action is HostAction.POWER_OFF:
                    self._hearing.went_down(host)
                log.info("power action ended", host=host, action=stored.action, outcome=str(step))
                await uninterrupted(acting.finish(self._ground, host, stored.action, step))
            case other:
                assert_never(other)

    async def _ask(self, host: str, stored: _Stored, controller: Controller, step: Ask) -> None:
        if stored.action is HostAction.POWER_ON:
            await uninterrupted(self._release(host))
        try:
            await self._power.reset(controller, step.kind)
        except Conflict as error:
            self._waits_for[host] = error.message  # until it can, or the deadline passes
            return
        log.info("power", host=host, asked=step.kind)
        await uninterrupted(self._asked(host, step.kind))

    async def _power_of(self, controller: Controller | None) -> tuple[Power | None, str | None, str | None]:
        """The power; why it is not known; why it will not be."""
        if controller is None:
            return None, None, None
        try:
            return await self._power.state(controller), None, None
        except Forbidden as error:
            return None, error.message, f"{error.message}: {error.remedy}"
        except (Unavailable, Conflict) as error:
            return None, error.message, None

    def _is_heard(self, host: str) -> bool:
        last = self._hearing.last(host)
        return last is not None and self._hearing.now() - last < HEARD_WITHIN

    async def _stored(self, host: str) -> _Stored | None:
        ground = self._ground
        async with ground.database.read() as session:
            row = await hosts.find(session, host)
            if row is None or row.ihost_action not in POWER_ACTIONS:
                return None
            begun = await power_actions.find(session, row.id)
            if begun is not None:
                return await self._read(session, row, begun)
        async with ground.database.write() as session:
            row = await hosts.lock(session, host)
            if row is None or row.ihost_action not in POWER_ACTIONS:
                return None
            begun = PowerActionRow(
                host_id=row.id,
                action=row.ihost_action,
                order_id=ground.new_id(),
                boot_before=await power_actions.boot_of(session, row.id),
                started_at=ground.clock.now(),
            )
            session.add(begun)
            return await self._read(session, row, begun)

    async def _read(self, session: AsyncSession, row: HostRow, begun: PowerActionRow) -> _Stored:
        failure = await failures.find(session, row.id)
        controller, cannot_ask = await self._controller(session, row)
        now, boot = self._ground.clock.now(), await power_actions.boot_of(session, row.id)
        return _Stored(
            action=begun.action,
            running_for=now - begun.started_at,
            asked=begun.asked,
            asked_for=timedelta() if begun.asked_at is None else now - begun.asked_at,
            has_agent=await power_actions.has_agent(session, row.id),
            booted_anew=boot is not None and boot != begun.boot_before,
            is_being_fenced=failure is not None and failure.fencing is Fencing.WANTED,
            controller=controller,
            cannot_ask=cannot_ask,
        )

    async def _controller(self, session: AsyncSession, row: HostRow) -> tuple[Controller | None, str | None]:
        try:
            return await bmc.controller_of(session, self._ground, row), None
        except (Invalid, Unavailable) as error:
            return None, ": ".join(filter(None, (error.message, error.remedy)))

    async def _asked(self, host: str, whom: str) -> None:
        async with self._ground.database.write() as session:
            row = await hosts.lock(session, host)
            begun = None if row is None else await power_actions.find(session, row.id)
            if begun is not None:
                begun.asked, begun.asked_at = whom, self._ground.clock.now()

    async def _release(self, host: str) -> None:
        """It gets power again: it is not safely down any more, and not in service before it is heard."""
        async with self._ground.database.write() as session:
            row = await hosts.lock(session, host)
            failure = None if row is None else await failures.find(session, row.id)
            if failure is not None:
                failure.fencing, failure.fencing_reason = Fencing.NOT_WANTED, None
                failure.fencing_since = self._ground.clock.now()
                failure.was_enabled = False
