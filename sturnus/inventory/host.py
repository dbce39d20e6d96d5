"""A host as it was at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sturnus.core.states import (
    Administrative,
    Availability,
    HostAction,
    Operational,
    Personality,
    Provisioning,
    SystemMode,
    SystemType,
)
from sturnus.store.models import HostRow

TASKS: dict[HostAction, str] = {
    HostAction.LOCK: "Locking",
    HostAction.FORCE_LOCK: "Force Locking",
    HostAction.UNLOCK: "Unlocking",
    HostAction.FORCE_UNLOCK: "Force Unlocking",
    HostAction.REBOOT: "Rebooting",
    HostAction.RESET: "Resetting",
    HostAction.POWER_ON: "Powering-on",
    HostAction.POWER_OFF: "Powering-off",
    HostAction.REINSTALL: "Reinstalling",
    HostAction.SWACT: "Swacting",
    HostAction.FORCE_SWACT: "Force-Swacting",
}
"""What the host's `task` says while an action is under way (reference/inventory.md §5.3)."""

INVENTORIED = "inventoried"
"""The wire's `inv_state` once the hardware of a host was reported."""


@dataclass(frozen=True, slots=True)
class ListedHost:
    """What lists say of a host, under the wire's names: all but its hardware, which is most of what is stored of it."""

    id: int
    uuid: str
    hostname: str | None  # None: announced itself, has no name yet
    personality: Personality | None
    subfunctions: str | None  # "controller,worker"
    administrative: Administrative
    operational: Operational
    availability: Availability
    invprovision: Provisioning | None
    inv_state: str | None
    ihost_action: HostAction | None  # under way; None: nothing to do
    task: str | None
    vim_progress_status: str | None  # how the last action ended
    mgmt_mac: str | None
    mgmt_ip: str | None
    bm_type: str | None
    bm_ip: str | None
    bm_username: str | None
    serialid: str | None
    boot_device: str | None
    rootfs_device: str | None
    install_output: str | None
    console: str | None
    config_target: str | None  # what it has to be; None: it has no role yet
    config_applied: str | None  # what it is
    config_failure: str | None  # why it is not; None: nobody tried yet
    uptime: int  # seconds
    location: dict[str, Any]
    created_at: datetime
    updated_at: datetime | None
    revision: int

    @property
    def name(self) -> str:
        """What to call it in a message and in a command."""
        return self.hostname or self.uuid

    @property
    def is_worker(self) -> bool:
        """Whether users' pods or servers run here: workers, and controllers that are workers too."""
        return "worker" in (self.subfunctions or "").split(",") or self.personality is Personality.WORKER

    @property
    def config_status(self) -> str | None:
        """StarlingX's words while a host is not what it has to be (reference/inventory.md §7.2), and why."""
        if self.config_target is None or self.config_target == self.config_applied:
            return None
        return "Config out-of-date" + (f": {self.config_failure}" if self.config_failure else "")

    @property
    def is_controller(self) -> bool:
        """Whether the platform itself runs here."""
        return self.personality is Personality.CONTROLLER


@dataclass(frozen=True, slots=True)
class Host(ListedHost):
    """All that is stored of a host."""

    hardware: dict[str, Any]  # as reported: `sturnus.inventory.hardware` reads it


LISTED = tuple(getattr(HostRow, each.name) for each in fields(ListedHost))
"""The columns that lists read."""
_FIELDS = tuple(each.name for each in fields(Host))


def from_columns(columns: Sequence[Any]) -> ListedHost:
    """Make a host from the columns of a query for `LISTED`."""
    return ListedHost(*columns)


def from_row(row: HostRow) -> Host:
    """Make a host from its row, as the row is now."""
    return Host(*(getattr(row, name) for name in _FIELDS))


@dataclass(frozen=True, slots=True)
class System:
    """What the platform says of itself."""

    uuid: str
    name: str
    system_type: SystemType
    system_mode: SystemMode
    description: str | None
    location: str | None
    contact: str | None
    timezone: str
    region_name: str
    created_at: datetime
    updated_at: datetime | None
    revision: int

    @property
    def is_simplex(self) -> bool:
        """Whether there is one controller and nobody to take over from it."""
        return self.system_mode is SystemMode.SIMPLEX


@dataclass(frozen=True, slots=True)
class Label:
    """A label as the operator assigned it."""

    id: int = field(compare=False)
    uuid: str
    host_uuid: str
    label_key: str
    label_value: str
