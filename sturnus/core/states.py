"""The states of a host, after ITU-T X.731, with the spellings of the wire (reference/inventory.md §5.2)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Administrative(StrEnum):
    """What the operator wants of a host."""

    LOCKED = "locked"
    """Taken out of service: nothing of a user's runs there."""
    UNLOCKED = "unlocked"
    """In service."""


class Operational(StrEnum):
    """Whether the host can do its work."""

    DISABLED = "disabled"
    """It cannot."""
    ENABLED = "enabled"
    """It can."""


class Availability(StrEnum):
    """What is known of the machine itself."""

    AVAILABLE = "available"
    """In service, with nothing wrong."""
    INTEST = "intest"
    """Being tested before it goes into service."""
    DEGRADED = "degraded"
    """In service, with something wrong."""
    FAILED = "failed"
    """Should be in service and is not."""
    POWER_OFF = "power-off"
    """Switched off."""
    OFFLINE = "offline"
    """Does not answer."""
    OFFDUTY = "offduty"
    """Answers, and is kept out of service by its own choice."""
    ONLINE = "online"
    """Answers, and is locked."""
    DEPENDENCY = "dependency"
    """Waits for something that it needs."""
    NOT_INSTALLED = "not-installed"
    """Has no software yet."""


ANSWERING = frozenset({Availability.AVAILABLE, Availability.INTEST, Availability.DEGRADED, Availability.ONLINE})
"""The machine is up and its agent is heard."""


class GuestServices(StrEnum):
    """What a host's agent does for the servers that run there (reference/vim.md §1.9)."""

    ABSENT = "absent"
    """Nothing: it knows of no guests."""
    DISABLED = "disabled"
    """It is there, and leaves guests alone: their host is out of service."""
    ENABLED = "enabled"
    """It works."""


class Personality(StrEnum):
    """What a host is for."""

    CONTROLLER = "controller"
    """Runs the platform itself."""
    WORKER = "worker"
    """Runs what users run. Without the compute label: a pure Kubernetes worker."""
    STORAGE = "storage"
    """Holds data."""


class Provisioning(StrEnum):
    """How far a host has come (wire field `invprovision`)."""

    UNPROVISIONED = "unprovisioned"
    """Known, and not yet taken into service."""
    INVENTORIED = "inventoried"
    """Its hardware is known."""
    CONFIGURED = "configured"
    """Its configuration is written."""
    PROVISIONING = "provisioning"
    """Unlocked for the first time, and not yet in service."""
    PROVISIONED = "provisioned"
    """Has been in service: name and personality are fixed from here on."""


class SystemType(StrEnum):
    """Whether controllers are workers too."""

    ALL_IN_ONE = "All-in-one"
    STANDARD = "Standard"


class SystemMode(StrEnum):
    """How many controllers there are."""

    SIMPLEX = "simplex"
    DUPLEX = "duplex"
    DUPLEX_DIRECT = "duplex-direct"


class HostAction(StrEnum):
    """What may be asked of a host by `PATCH /action` (reference/inventory.md §5.3)."""

    LOCK = "lock"
    """Take it out of service: servers move away, pods are drained."""
    FORCE_LOCK = "force-lock"
    """Take it out of service at once, whatever runs there."""
    UNLOCK = "unlock"
    """Take it into service."""
    FORCE_UNLOCK = "force-unlock"
    """Take it into service although it does not answer yet."""
    REBOOT = "reboot"
    """Restart it in order."""
    RESET = "reset"
    """Restart it by its board controller."""
    POWER_ON = "power-on"
    """Switch it on."""
    POWER_OFF = "power-off"
    """Switch it off."""
    REINSTALL = "reinstall"
    """Install its software again."""
    SWACT = "swact"
    """Hand the active controller's work to the other one."""
    FORCE_SWACT = "force-swact"
    """The same, whatever state the other one is in."""


LOCKS: Final = frozenset({HostAction.LOCK, HostAction.FORCE_LOCK})
UNLOCKS: Final = frozenset({HostAction.UNLOCK, HostAction.FORCE_UNLOCK})


POWER_ACTIONS = frozenset({HostAction.REBOOT, HostAction.RESET, HostAction.POWER_ON, HostAction.POWER_OFF})
"""Actions that need hands on a machine: its agent's, or its baseboard controller's."""


class Verdict(StrEnum):
    """What the two witnesses of a host's life, its agent and its node's lease, say together."""

    PRESENT = "present"
    """It is heard, and nothing speaks against it."""
    UNDECIDED = "undecided"
    """Nobody has listened for long enough: it stays what it was."""
    OFFLINE = "offline"
    """It is not heard, and that is one witness only, or no failure."""
    SUSPECT = "suspect"
    """It is heard, but its node does not renew its lease."""
    FAILED = "failed"
    """It was in service, and both witnesses say that it is gone."""
    RETURNING = "returning"
    """It had failed and is heard again, but its node does not renew its lease yet."""
    NETWORK_SUSPECTED = "network-suspected"
    """Too many were lost at once: it is the witness that cannot be trusted, and nothing is done."""


class Fencing(StrEnum):
    """Whether a host that failed has been kept from coming back to what was its own."""

    NOT_WANTED = "not-wanted"
    """It did not fail."""
    WANTED = "wanted"
    """Its baseboard controller is being told to switch it off."""
    FENCED = "fenced"
    """Its baseboard controller says that it is off."""
    IMPOSSIBLE = "impossible"
    """It has no baseboard controller, or that one refuses us: somebody has to see to it."""


class ServicesReport(StrEnum):
    """How the VIM says that an action went: values of `action` in its PATCH (reference/vim.md §2.4, §5.5)."""

    ENABLED = "services-enabled"
    """All that belongs on the host works: the unlock is done."""
    DISABLED = "services-disabled"
    """Nothing of a user's is left on the host: the lock is done."""
    DISABLE_EXTEND = "services-disable-extend"
    """The lock goes on; the reason is what it waits for."""
    DISABLE_FAILED = "services-disable-failed"
    """The host stays in service, and why."""
    ENABLE_EXTEND = "services-enable-extend"
    """The unlock goes on; the reason is what it waits for. Ours: upstream says nothing."""
    ENABLE_FAILED = "services-enable-failed"
    """The host stays out of service, and why. Ours: upstream's stays `enabling` for ever."""
