"""Power, and who switches it, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Controller:
    """A baseboard controller, and who we are there."""

    address: str  # an address or a name, with or without a port
    username: str
    password: str = field(repr=False)


class Power(StrEnum):
    """What a controller says of its host's power."""

    ON = "on"
    """It has power."""
    OFF = "off"
    """It has none, and nothing of it runs."""
    CHANGING = "changing"
    """It is between the two."""


class Reset(StrEnum):
    """What a controller can be asked for (schema Resource, ResetType)."""

    ON = "On"
    """Switch on."""
    FORCE_OFF = "ForceOff"
    """Switch off at once."""
    GRACEFUL_SHUTDOWN = "GracefulShutdown"
    """Have the host stop in order, and switch itself off."""
    FORCE_RESTART = "ForceRestart"
    """Off and on at once."""
    GRACEFUL_RESTART = "GracefulRestart"
    """Have the host restart in order."""
