"""How a host's states follow from what was done with it and from what it says. Pure (reference/inventory.md §5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from sturnus.core.states import (
    ANSWERING,
    LOCKS,
    UNLOCKS,
    Administrative,
    Availability,
    Fencing,
    HostAction,
    Operational,
    Provisioning,
    Verdict,
)


class Presence(StrEnum):
    """What is heard of a machine."""

    ONLINE = "online"
    """It answers, and nothing is wrong."""
    DEGRADED = "degraded"
    """It answers, and something is wrong."""
    OFFLINE = "offline"
    """It does not answer."""
    POWER_OFF = "power-off"
    """It has no power."""


class HasStates(Protocol):
    """A host as far as its states go."""

    @property
    def administrative(self) -> Administrative:
        """What the operator wants of it."""

    @property
    def operational(self) -> Operational:
        """Whether it can do its work."""

    @property
    def availability(self) -> Availability:
        """What is known of the machine."""

    @property
    def invprovision(self) -> Provisioning | None:
        """How far it has come; None: it has no role yet."""

    @property
    def ihost_action(self) -> HostAction | None:
        """What is under way; None: nothing is."""


@dataclass(frozen=True, slots=True)
class States:
    """The states that a host gets together."""

    administrative: Administrative
    operational: Operational
    availability: Availability
    invprovision: Provisioning | None


@dataclass(frozen=True, slots=True)
class Done:
    """An action came to its end."""


@dataclass(frozen=True, slots=True)
class Failed:
    """An action came to nothing, and why: a sentence for the operator."""

    reason: str


Outcome = Done | Failed

SERVICES_ENABLED: Final = "services-enabled"
SERVICES_DISABLED: Final = "services-disabled"
"""What `vim_progress_status` says after an unlock and a lock, as StarlingX's VIM reports it."""


def states_of(host: HasStates) -> States:
    """The states as they are."""
    return States(host.administrative, host.operational, host.availability, host.invprovision)


def after_action(host: HasStates, action: HostAction) -> States:
    """The states once an action is done."""
    if action in UNLOCKS:
        return _settled(host, Administrative.UNLOCKED, host.availability)
    if action in LOCKS:
        return _settled(host, Administrative.LOCKED, host.availability)
    if action is HostAction.POWER_OFF:
        return _settled(host, host.administrative, Availability.POWER_OFF)
    if action is HostAction.POWER_ON and host.availability is Availability.POWER_OFF:
        return _settled(host, host.administrative, Availability.OFFLINE)  # until it is heard
    return states_of(host)  # the others change the machine, which then tells of itself


def after_report(host: HasStates, presence: Presence) -> States:
    """The states once something was heard of the machine."""
    return _settled(host, host.administrative, Availability(presence.value))


def after_silence(host: HasStates) -> States:
    """The states once nothing was heard of the machine for too long. One without power is known to be silent.

    Silence is one witness, so the host is offline and not failed: that takes two (design, Failure detection).
    """
    if host.availability is Availability.POWER_OFF:
        return states_of(host)
    return _settled(host, host.administrative, Availability.OFFLINE)


def after_sign_of_life(host: HasStates) -> States:
    """The states once the machine was heard. That it is heard says nothing about what is wrong with it."""
    return states_of(host) if host.availability in ANSWERING else after_report(host, Presence.ONLINE)


def after_verdict(host: HasStates, verdict: Verdict, before: Verdict, fencing: Fencing) -> States:
    """The states once the two witnesses were heard; `before` is what they said last."""
    match verdict:
        case Verdict.UNDECIDED | Verdict.NETWORK_SUSPECTED:
            return states_of(host)
        case Verdict.PRESENT:
            # What was wrong with a suspect was that.
            return after_report(host, Presence.ONLINE) if before is Verdict.SUSPECT else after_sign_of_life(host)
        case Verdict.SUSPECT:
            return after_report(host, Presence.DEGRADED)
        case Verdict.OFFLINE:
            off = fencing is Fencing.FENCED
            return after_report(host, Presence.POWER_OFF) if off else after_silence(host)
        case Verdict.FAILED | Verdict.RETURNING:
            return _settled(host, host.administrative, Availability.FAILED)


def progress_after(action: HostAction) -> str | None:
    """What `vim_progress_status` says once an action is done; None: nothing."""
    if action in UNLOCKS:
        return SERVICES_ENABLED
    return SERVICES_DISABLED if action in LOCKS else None


def _settled(host: HasStates, administrative: Administrative, availability: Availability) -> States:
    """Locked hosts are disabled; unlocked ones are enabled exactly while they answer."""
    answers = availability in ANSWERING
    if administrative is Administrative.LOCKED:
        heard = Availability.ONLINE if answers else availability
        return States(administrative, Operational.DISABLED, heard, host.invprovision)
    if not answers:
        return States(administrative, Operational.DISABLED, availability, _at_least_provisioning(host))
    heard = Availability.DEGRADED if availability is Availability.DEGRADED else Availability.AVAILABLE
    return States(administrative, Operational.ENABLED, heard, Provisioning.PROVISIONED)


def _at_least_provisioning(host: HasStates) -> Provisioning:
    return Provisioning.PROVISIONED if host.invprovision is Provisioning.PROVISIONED else Provisioning.PROVISIONING
