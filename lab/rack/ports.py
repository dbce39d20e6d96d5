"""What the rack needs of the machines that it stands beside."""

from __future__ import annotations

from typing import Protocol

from lab.ground.description import Host, Lab
from lab.ground.power import PowerState
from lab.machine import power


class PowerSwitch(Protocol):
    """The power of hosts. Calls block for a moment, and are safe to repeat."""

    def state(self, host: Host) -> PowerState:
        """What the host's power is now."""

    def power_on(self, host: Host) -> None:
        """Feed the host."""

    def force_off(self, host: Host) -> None:
        """Pull the plug."""

    def force_restart(self, host: Host) -> None:
        """Pull the plug and put it back."""

    def graceful_shutdown(self, host: Host) -> None:
        """Press the power button; does not wait for the host to stop."""

    def graceful_restart(self, host: Host) -> None:
        """Have the host stop and start again; does not wait for it."""


class LabPower:
    """The switch of a lab's real hosts."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def state(self, host: Host) -> PowerState:
        """What the host's power is now."""
        return power.power_state(self._lab, host)

    def power_on(self, host: Host) -> None:
        """Feed the host."""
        power.power_on(self._lab, host)

    def force_off(self, host: Host) -> None:
        """Pull the plug."""
        power.force_off(self._lab, host)

    def force_restart(self, host: Host) -> None:
        """Pull the plug and put it back."""
        power.force_restart(self._lab, host)

    def graceful_shutdown(self, host: Host) -> None:
        """Press the power button."""
        power.graceful_shutdown(self._lab, host)

    def graceful_restart(self, host: Host) -> None:
        """Have the host stop and start again."""
        power.graceful_restart(self._lab, host)
