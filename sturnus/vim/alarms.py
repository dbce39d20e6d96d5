"""Which alarms follow from where a host is. To tell twice is no harm, and not being able to tell stops nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Set
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from sturnus.core.errors import SturnusError
from sturnus.core.states import Fencing
from sturnus.vim.facts import HostFacts
from sturnus.vim.failing import AwaitFencing, AwaitFewerFailures
from sturnus.vim.machine import HostState
from sturnus.vim.places import HostPlace
from sturnus.vim.ports import Alarm, Faults
from sturnus.vim.steps import Step

FENCED_WITHIN: Final = timedelta(seconds=60)
"""A controller that is asked again and again for longer than this needs somebody."""

_OF_HOSTS: Final = frozenset(Alarm) - {Alarm.OPENSTACK_SILENT, Alarm.SERVER_FAILED}
_RAISED: Final[Mapping[HostState, Alarm]] = {
    HostState.DISABLING_FAILED: Alarm.LOCK_FAILED,
    HostState.ENABLING_FAILED: Alarm.UNLOCK_FAILED,
    HostState.FAILING: Alarm.HOST_FAILED,
}
"""On entering a state."""
_CLEARED: Final[Mapping[HostState, frozenset[Alarm]]] = {
    HostState.DISABLING: frozenset({Alarm.LOCK_FAILED, Alarm.UNLOCK_FAILED}),
    HostState.DISABLED: _OF_HOSTS - {Alarm.UNLOCK_FAILED},  # an unlock that failed ends there
    HostState.ENABLED: _OF_HOSTS - {Alarm.LOCK_FAILED},  # and a lock that failed here
    HostState.FAILED: frozenset({Alarm.HOST_NOT_FENCED, Alarm.EVACUATION_HELD_BACK}),
    HostState.INITIAL: _OF_HOSTS,
}

Key = tuple[Alarm, str]
"""An alarm, and its entity."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class Alarms:
    """Tells the faults of the platform."""

    faults: Faults
    _told: dict[Key, str | None] = field(default_factory=dict)  # what this process said last; None: that it is over
    _saying: set[Key] = field(default_factory=set)  # what it says just now

    async def entering(self, place: HostPlace, state: HostState, reason: str | None) -> None:
        """A host enters a state: told before it is stored, so that a killed process tells it again."""
        if (alarm := _RAISED.get(state)) is not None:
            await self._raise(alarm, _entity(place), reason or "two witnesses say that it is gone")
        if state is HostState.FAILED and reason is not None:
            await self._raise(Alarm.SERVERS_NOT_RECOVERED, _entity(place), reason)
        cleared = _CLEARED.get(state, frozenset())
        if state is HostState.FAILED and reason is None:
            cleared |= {Alarm.SERVERS_NOT_RECOVERED}
        for alarm in sorted(cleared):
            await self._clear(alarm, _entity(place))

    async def waiting(self, place: HostPlace, facts: HostFacts, step: Step, reason: str) -> None:
        """A failed host's step waits for something."""
        if place.place.state is not HostState.FAILING:
            return
        held: Alarm | None = None
        if isinstance(step, AwaitFencing):
            impossible = facts.host is not None and (facts.host.fencing or "").startswith(Fencing.IMPOSSIBLE)
            held = Alarm.HOST_NOT_FENCED if impossible or facts.in_state_for > FENCED_WITHIN else None
        elif isinstance(step, AwaitFewerFailures):
            held = Alarm.EVACUATION_HELD_BACK
        for alarm in (Alarm.HOST_NOT_FENCED, Alarm.EVACUATION_HELD_BACK):
            await (self._raise(alarm, _entity(place), reason) if alarm is held else self._clear(alarm, _entity(place)))

    async def repeat(self, place: HostPlace) -> None:
        """Tell of a failed host what a process that was killed, or a deaf listener, may have missed."""
        if place.place.state in {HostState.FAILING, HostState.FAILED}:
            await self._raise(Alarm.HOST_FAILED, _entity(place), "two witnesses say that it is gone")
        if place.place.state is HostState.FAILED and place.failure is not None:
            await self._raise(Alarm.SERVERS_NOT_RECOVERED, _entity(place), place.failure)

    async def silent(self, service: str, reason: str) -> None:
        """An OpenStack service does not answer."""
        await self._raise(Alarm.OPENSTACK_SILENT, f"service={service}", reason)

    async def answers(self, service: str) -> None:
        """It does again, or is no more."""
        await self._clear(Alarm.OPENSTACK_SILENT, f"service={service}")

    async def failed(self, servers: Mapping[str, str], active: Set[Key]) -> None:
        """These servers, by their entities, have failed, and why; of those that there were, no others."""
        for entity, reason in servers.items():
            await self._raise(Alarm.SERVER_FAILED, entity, reason)
        raised = {*active, *(key for key, reason in self._told.items() if reason is not None)}
        for alarm, entity in sorted(raised):
            if alarm is Alarm.SERVER_FAILED and entity not in servers:
                await self._clear(alarm, entity)

    async def agree(self) -> Set[Key]:
        """Have all alarms as this process said last, whoever deleted or raised one since. Reads, unless one differs.

        Returns those that there were.
        """
        told = {key: reason for key, reason in self._told.items() if key not in self._saying}
        try:
            active = await self.faults.active()
        except SturnusError as error:
            log.warning("alarms not looked at", reason=error.message)
            return frozenset()
        for key, reason in told.items():
            # What was said meanwhile is newer than the list.
            is_newer = key in self._saying or self._told.get(key, "") != reason
            if active is None or is_newer or (reason is not None) is (key in active):
                continue
            del self._told[key]
            await (self._clear(*key) if reason is None else self._raise(*key, reason))
        return active or frozenset()

    async def _raise(self, alarm: Alarm, entity: str, reason: str) -> None:
        if self._told.get((alarm, entity)) != reason:
            await self._say((alarm, entity), reason, self.faults.raise_(alarm, entity, reason))

    async def _clear(self, alarm: Alarm, entity: str) -> None:
        if self._told.get((alarm, entity), "") is not None:
            await self._say((alarm, entity), None, self.faults.clear(alarm, entity))

    async def _say(self, key: Key, reason: str | None, call: Awaitable[None]) -> None:
        self._saying.add(key)
        try:
            await call
        except SturnusError as error:
            what = "alarm not cleared" if reason is None else "alarm not raised"
            log.warning(what, alarm=key[0], entity=key[1], reason=error.message)
        else:
            self._told[key] = reason
        finally:
            self._saying.discard(key)


def _entity(place: HostPlace) -> str:
    return f"host={place.hostname or place.uuid}"
