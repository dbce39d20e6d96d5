"""What a host's power can be."""

from __future__ import annotations

from enum import StrEnum


class PowerState(StrEnum):
    """Redfish's words (DSP0268, PowerState)."""

    ON = "On"
    OFF = "Off"
    POWERING_OFF = "PoweringOff"
