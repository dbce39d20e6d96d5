"""Which alarms follow from where a host is. To tell twice is no harm, and not being able to tell stops nothing."""

from __future__ import annotations

from collections.abc import Mapping
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

_OF_A_FAILURE: Final = frozenset(
    {Alarm.HOST_FAILED, Alarm.HOST_NOT_FENCED, Alarm.EVACUATION_HELD_BACK, Alarm.SERVERS_NOT_RECOVERED}
)
_RAISED: Final[Mapping[HostState, Alarm]] = {
    HostState.DISABLING_FAILED: Alarm.LOCK_FAILED,
    HostState.ENABLING_FAILED: Alarm.UNLOCK_FAILED,
    HostState.FAILING: Alarm.HOST_FAILED,
}
"""On entering a state."""
_CLEARED: Final[Mapping[HostState, frozenset[Alarm]]] = {
    HostState.DISABLING: frozenset({Alarm.LOCK_FAILED, Alarm.UNLOCK_FAILED}),
    HostState.DISABLED: frozenset(Alarm) - {Alarm.UNLOCK_FAILED},  # an unlock that failed ends there
    HostState.ENABLED: frozenset(Alarm) - {Alarm.LOCK_FAILED},  # and a lock that failed here
    HostState.FAILED: frozenset({Alarm.HOST_NOT_FENCED, Alarm.EVACUATION_HELD_BACK}),
    HostState.INITIAL: frozenset(Alarm),
}

log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class Alarms:
    """Tells the faults of the platform."""

    faults: Faults
    _told: dict[tuple[Alarm, str], str | None] = field(default_factory=dict)  # what this process said last

    async def entering(self, place: HostPlace, state: HostState, reason: str | None) -> None:
        """A host enters a state: told before it is stored, so that a killed process tells it again."""
        if (alarm := _RAISED.get(state)) is not None:
            await self._raise(alarm, place, reason or "two witnesses say that it is gone")
        if state is HostState.FAILED and reason is not None:
            await self._raise(Alarm.SERVERS_NOT_RECOVERED, place, reason)
        cleared = _CLEARED.get(state, frozenset())
        if state is HostState.FAILED and reason is None:
            cleared |= {Alarm.SERVERS_NOT_RECOVERED}
        for alarm in sorted(cleared):
            await self._clear(alarm, place)

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
            await (self._raise(alarm, place, reason) if alarm is held else self._clear(alarm, place))

    async def repeat(self, place: HostPlace) -> None:
        """Tell of a failed host what a process that was killed, or a deaf listener, may have missed."""
        if place.place.state in {HostState.FAILING, HostState.FAILED}:
            await self._raise(Alarm.HOST_FAILED, place, "two witnesses say that it is gone")
        if place.place.state is HostState.FAILED and place.failure is not None:
            await self._raise(Alarm.SERVERS_NOT_RECOVERED, place, place.failure)

    async def _raise(self, alarm: Alarm, place: HostPlace, reason: str) -> None:
        entity = _entity(place)
        if self._told.get((alarm, entity)) == reason:
            return
        try:
            await self.faults.raise_(alarm, entity, reason)
        except SturnusError as error:
            log.warning("alarm not raised", alarm=alarm, entity=entity, reason=error.message)
        else:
            self._told[alarm, entity] = reason

    async def _clear(self, alarm: Alarm, place: HostPlace) -> None:
        entity = _entity(place)
        if self._told.get((alarm, entity), "") is None:
            return
        try:
            await self.faults.clear(alarm, entity)
        except SturnusError as error:
            log.warning("alarm not cleared", alarm=alarm, entity=entity, reason=error.message)
        else:
            self._told[alarm, entity] = None


def _entity(place: HostPlace) -> str:
    return f"host={place.hostname or place.uuid}"
