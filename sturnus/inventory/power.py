"""The next step of an action that needs hands on a machine. Pure: facts in, one step and its reason out.

An action is over when its end was seen: the power is as it was wanted, or the host has booted anew. What was asked for
is remembered only so that it is not asked for twice; a process that dies in between looks at the same facts again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from sturnus.core.states import HostAction
from sturnus.inventory.lifecycle import Done, Failed
from sturnus.redfish.power import Power, Reset

DEADLINES: Final = {
    HostAction.POWER_ON: timedelta(minutes=3),
    HostAction.POWER_OFF: timedelta(minutes=3),
    HostAction.REBOOT: timedelta(minutes=10),
    HostAction.RESET: timedelta(minutes=10),
}
ORDERLY: Final = timedelta(seconds=45)
"""How long a host gets to switch itself off in order."""


class Asked(StrEnum):
    """Who can be asked beside a controller."""

    AGENT = "agent"
    """The host's own agent, to reboot it."""


@dataclass(frozen=True, slots=True)
class PowerFacts:
    """All that decides about the next step."""

    action: HostAction
    running_for: timedelta
    asked: str | None  # a `Reset`, or `Asked.AGENT`; None: nobody was asked yet
    asked_for: timedelta  # since then
    power: Power | None  # None: nobody could tell
    power_unknown: str | None  # why
    cannot_ask: str | None  # why the controller cannot be asked at all, now or later; None: it can
    has_agent: bool
    heard: bool
    booted_anew: bool  # the agent has told of another boot than the one before the action
    is_being_fenced: bool


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the controller for a change of power."""

    kind: Reset


@dataclass(frozen=True, slots=True)
class AskAgent:
    """Have an order ready for the host's agent."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again later."""

    reason: str


Step = Ask | AskAgent | Wait | Done | Failed


def next_step(facts: PowerFacts) -> Step:
    """What to do now."""
    if (end := _end(facts)) is not None:
        return end
    if facts.running_for > DEADLINES[facts.action]:
        return Failed(f"{facts.action.value} did not end within {_words(DEADLINES[facts.action])}: {_waits_for(facts)}")
    if facts.is_being_fenced:
        return Wait("the host is being fenced")
    return _reboot(facts) if facts.action is HostAction.REBOOT else _by_controller(facts)


def _end(facts: PowerFacts) -> Done | None:
    """The end, if it was seen."""
    match facts.action:
        case HostAction.POWER_ON if facts.power is Power.ON:
            return Done()
        case HostAction.POWER_OFF if facts.power is Power.OFF:
            return Done()
        case HostAction.REBOOT | HostAction.RESET if facts.asked is not None:
            # Without an agent only the power can tell.
            came_back = facts.booted_anew if facts.has_agent else facts.power is Power.ON
            return Done() if came_back else None
    return None


def _reboot(facts: PowerFacts) -> Step:
    if facts.asked is not None:
        return Wait(_waits_for(facts))
    if facts.heard:
        return AskAgent()
    if facts.cannot_ask is not None:
        return Failed(f"reboot was not done: the agent is not heard, and {facts.cannot_ask}")
    if facts.power is Power.OFF:
        return Failed("reboot was not done: the host has no power: system host-power-on HOST")
    return Wait(_waits_for(facts)) if facts.power is None else Ask(Reset.GRACEFUL_RESTART)


def _by_controller(facts: PowerFacts) -> Step:
    if facts.cannot_ask is not None:
        return Failed(f"{facts.action.value} was not done: {facts.cannot_ask}")
    match facts.action if facts.power is not None else None:
        case HostAction.RESET if facts.asked is None:
            return Ask(Reset.FORCE_RESTART)
        case HostAction.POWER_ON if facts.asked is None and facts.power is Power.OFF:
            return Ask(Reset.ON)
        case HostAction.POWER_OFF if facts.asked is None:
            # One that is not heard has nothing left that could end in order.
            return Ask(Reset.GRACEFUL_SHUTDOWN if facts.heard else Reset.FORCE_OFF)
        case HostAction.POWER_OFF if facts.asked == Reset.GRACEFUL_SHUTDOWN and facts.asked_for > ORDERLY:
            return Ask(Reset.FORCE_OFF)
    return Wait(_waits_for(facts))


def _waits_for(facts: PowerFacts) -> str:
    if facts.asked is None:
        return facts.power_unknown or f"the power is {facts.power}"
    whom = "its agent" if facts.asked == Asked.AGENT else f"its controller ({facts.asked})"
    seen = "it has not booted anew" if facts.has_agent else facts.power_unknown or f"the power is {facts.power}"
    if facts.action in {HostAction.POWER_ON, HostAction.POWER_OFF}:
        seen = facts.power_unknown or f"the power is {facts.power}"
    return f"{whom} was asked {facts.asked_for.total_seconds():.0f} s ago, and {seen}"


def _words(deadline: timedelta) -> str:
    return f"{deadline.total_seconds() / 60:.0f} minutes"
