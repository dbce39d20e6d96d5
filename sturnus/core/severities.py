"""How grave an alarm is, and what was done to it, in the words of ITU-T X.733 and of StarlingX's clients."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How grave an alarm is (X.733 §8.1.2.3), gravest first."""

    CRITICAL = "critical"
    """Service is lost; somebody has to act now."""
    MAJOR = "major"
    """Service suffers; somebody has to act soon."""
    MINOR = "minor"
    """Something should be put right before it gets worse."""
    WARNING = "warning"
    """Something to know of; service is not touched, or on purpose."""


class EventState(StrEnum):
    """What a line of the event log tells (wire field `state`)."""

    SET = "set"
    """An alarm was raised, or its reason or severity changed."""
    CLEAR = "clear"
    """An alarm ended, or was deleted."""
    LOG = "log"
    """Something happened that is no state: nothing of ours yet."""
