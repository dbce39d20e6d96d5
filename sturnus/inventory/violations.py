"""What a check finds, and how all that was found becomes one refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from sturnus.core.errors import Conflict, Invalid, SturnusError

F = TypeVar("F")


class Reason(StrEnum):
    """Why a request is refused, for programs. The message is for people."""

    FIELD_UNKNOWN = "FieldUnknown"
    """No field of that name, or one that nobody changes by hand."""
    FIELD_INVALID = "FieldInvalid"
    """A value of the wrong type or form."""
    FIELD_FIXED = "FieldFixed"
    """The field may not change any more, or not now."""
    FIELD_MISSING = "FieldMissing"
    """Something has to be set first."""
    NAME_TAKEN = "NameTaken"
    """Another host has this name or address."""
    NO_ROOM = "NoRoom"
    """A system of this type and mode does not have more of these."""
    LABEL_INVALID = "LabelInvalid"
    """Kubernetes would refuse the key or the value."""
    LABEL_RESERVED = "LabelReserved"
    """The key belongs to Kubernetes itself."""
    LABEL_EXISTS = "LabelExists"
    """The host has this label, and nobody said to overwrite it."""
    LABELS_DISAGREE = "LabelsDisagree"
    """Two names of one role with two values."""
    HOST_NOT_LOCKED = "HostNotLocked"
    """Only a locked host may be changed like that."""
    ALREADY_SO = "AlreadySo"
    """The host is in the state that is asked for."""
    ACTION_RUNS = "ActionRuns"
    """Something else is being done with the host."""
    ACTIVE_CONTROLLER = "ActiveController"
    """The platform runs there now."""
    WRONG_PERSONALITY = "WrongPersonality"
    """Hosts of this kind do not do that."""
    NOT_SIMPLEX = "NotOnSimplex"
    """With one controller, nobody would be left to see it through."""
    HOST_AWAY = "HostAway"
    """The host does not answer, or has no power."""
    HARDWARE_UNKNOWN = "HardwareUnknown"
    """The host has not reported its hardware."""
    HARDWARE_UNFIT = "HardwareUnfit"
    """The host's memory or disks are not set up for what it is to run."""
    OVERRIDE_INVALID = "OverrideInvalid"
    """The chart could not read it."""
    NETWORK_MISSING = "NetworkMissing"
    """No interface of the host is connected to a network that it needs."""
    IN_USE = "InUse"
    """Something else stands on it, or is connected to it."""
    NOT_THERE = "NotThere"
    """It names something that does not exist."""
    DISAGREES = "Disagrees"
    """Two parts of the request, or the request and what is stored, do not go together."""
    NOT_SUPPORTED = "NotSupported"
    """This platform does not do that."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that the request breaks: what was found, what would have been accepted, what to do."""

    reason: Reason
    message: str
    expected: str
    remedy: str


Check = Callable[[F], Violation | None]
"""A rule. Pure: it sees facts that were gathered before, and copes with those that are missing."""


def violations(checks: Iterable[Check[F]], facts: F) -> tuple[Violation, ...]:
    """Ask all the checks; return all that they find, in their order."""
    return tuple(found for check in checks if (found := check(facts)) is not None)


def refusal(found: tuple[Violation, ...]) -> SturnusError:
    """Make one error of all violations, the first one's words first."""
    kind = Conflict if all(each.reason is Reason.NAME_TAKEN for each in found) else Invalid
    return kind(
        " ".join(each.message for each in found),
        expected=_together(each.expected for each in found),
        remedy=_together(each.remedy for each in found),
        details=tuple(each.message for each in found),
    )


def refuse_if(checks: Iterable[Check[F]], facts: F) -> None:
    """Raise if any check finds something: Invalid, or Conflict if only names are taken."""
    if found := violations(checks, facts):
        raise refusal(found)


def _together(parts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(parts))
