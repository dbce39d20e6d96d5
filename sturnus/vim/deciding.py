"""What to do with a host now: facts and the stored place in, one decision out. No I/O, no memory of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sturnus.core.states import LOCKS, UNLOCKS, Administrative, Availability, HostAction
from sturnus.vim.facts import HostFacts
from sturnus.vim.machine import AT_REST, HostEvent, HostState, next_state
from sturnus.vim.steps import Step

_ASKED: Final = {
    HostAction.LOCK: HostEvent.LOCK,
    HostAction.FORCE_LOCK: HostEvent.FORCE_LOCK,
    HostAction.UNLOCK: HostEvent.UNLOCK,
    HostAction.FORCE_UNLOCK: HostEvent.UNLOCK,
}


@dataclass(frozen=True, slots=True)
class Place:
    """How far a host has come, as it is stored."""

    state: HostState
    step: str | None  # the one that runs; None: none has begun
    step_since: datetime | None


@dataclass(frozen=True, slots=True)
class Go:
    """Change the state."""

    state: HostState
    event: HostEvent
    reason: str | None = None  # of a failure


@dataclass(frozen=True, slots=True)
class Run:
    """Run a step."""

    step: Step


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing is to be done until something changes."""


Decision = Go | Run | Rest


def event_for(facts: HostFacts) -> HostEvent:
    """What the facts ask for."""
    if facts.host is None:
        return HostEvent.DELETE
    action = facts.host.action
    if action in LOCKS | UNLOCKS and action is not None:
        return _ASKED[action]
    if facts.host.administrative is Administrative.UNLOCKED:
        return _unlocked(facts)
    if facts.openstack and facts.hostname is not None and facts.runs_compute is not facts.has_services:
        return HostEvent.CONFIGURE
    return HostEvent.KEEP_LOCKED


def _unlocked(facts: HostFacts) -> HostEvent:
    if facts.answers:
        lacks_services = facts.may_have_services and not facts.has_services
        return HostEvent.ENSURE if lacks_services else HostEvent.KEEP_UNLOCKED
    has_failed = facts.host is not None and facts.host.availability is Availability.FAILED
    return HostEvent.FAILURE if has_failed else HostEvent.SILENCE


def decide(place: Place, facts: HostFacts, steps: Sequence[Step], last_reason: str | None, now: datetime) -> Decision:
    """What to do now. `steps` are those of the place's state; `last_reason` is what its step waited for last."""
    event = event_for(facts)
    if (state := next_state(place.state, event)) is not place.state:
        return Go(state, event)
    if place.state in AT_REST:
        return Rest()
    step = next((each for each in steps if not each.done(facts)), None)
    if step is None:
        return _after(place.state, HostEvent.TASK_COMPLETED)
    can_fail = next_state(place.state, HostEvent.TASK_FAILED) is not place.state
    if can_fail and (why := step.hopeless(facts)) is not None:
        return _after(place.state, HostEvent.TASK_FAILED, why)
    if can_fail and is_overdue(place, step, now):
        return _after(place.state, HostEvent.TASK_FAILED, last_reason or f"{step.name} did not end")
    return Run(step)


def is_overdue(place: Place, step: Step, now: datetime) -> bool:
    """Whether a step runs for longer than it may."""
    if step.deadline is None or place.step != step.name or place.step_since is None:
        return False
    return now - place.step_since > step.deadline


def _after(state: HostState, event: HostEvent, reason: str | None = None) -> Go:
    return Go(next_state(state, event), event, reason)
