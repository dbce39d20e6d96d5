"""What hosts, labels and systems look like on the wire (reference/inventory.md §2.2, §5.2; reference/clients.md §1).

Lists are built as plain dictionaries: a thousand hosts leave on each `host-list`, and validating what we made ourselves
would take longer than making it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictStr

from sturnus import __version__
from sturnus.inventory.acting import Report
from sturnus.inventory.host import Label, ListedHost, System
from sturnus.inventory.lifecycle import Presence
from sturnus.store.outbox import Notice

_NOT_KEPT: Final = (
    "action_state",
    "install_state",
    "install_state_info",
    "mtce_info",
    "peers",
    "subfunction_avail",
    "subfunction_oper",
)
"""Fields that public clients ask for and that this platform does not keep (yet): null."""


class PatchItem(BaseModel):
    """One step of a JSON patch, as the public clients send it."""

    op: Literal["add", "replace", "remove"]
    path: Annotated[str, Field(pattern=r"^/[A-Za-z0-9_]+$", max_length=80)]
    value: JsonValue = None

    @property
    def field(self) -> str:
        """The field's name."""
        return self.path.removeprefix("/")


Patch = Annotated[list[PatchItem], Field(min_length=1, max_length=64)]
Fields = Annotated[dict[str, JsonValue], Field(max_length=64)]
LabelsToAssign = Annotated[dict[str, StrictStr | None], Field(max_length=128)]


def patched(patch: Sequence[PatchItem]) -> dict[str, JsonValue]:
    """The fields that a patch sets; null for those that it removes. Later steps win."""
    return {item.field: None if item.op == "remove" else item.value for item in patch}


class VolumeGroupReport(BaseModel):
    """A group of disks."""

    model_config = ConfigDict(extra="forbid")

    state: Annotated[str, Field(pattern=r"^[a-z-]{1,32}$")]
    physical_volumes: Annotated[int, Field(ge=0, le=1024)]


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class HardwareReport(BaseModel):
    """What a host says of its hardware, as far as checks depend on it. Left out: not known."""

    model_config = ConfigDict(extra="forbid")

    huge_pages: Annotated[dict[Literal["2M", "1G"], Annotated[int, Field(ge=0, le=2**31)]] | None, Field()] = None
    volume_groups: Annotated[dict[Name, VolumeGroupReport] | None, Field(max_length=64)] = None
    filesystems: Annotated[list[Name] | None, Field(max_length=64)] = None


class HostReport(BaseModel):
    """What is heard of a host."""

    model_config = ConfigDict(extra="forbid")

    presence: Presence
    uptime: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    hardware: HardwareReport | None = None

    def to_report(self) -> Report:
        """As the inventory takes it."""
        hardware = None if self.hardware is None else self.hardware.model_dump(exclude_none=True)
        return Report(self.presence, self.uptime, hardware)


def host_to_wire(host: ListedHost, active_controller: str) -> dict[str, Any]:
    """One host. Every field that a public client needs is there, unset ones as null."""
    return {
        **dict.fromkeys(_NOT_KEPT),
        "id": host.id,
        "uuid": host.uuid,
        "hostname": host.hostname,
        "personality": host.personality,
        "subfunctions": host.subfunctions,
        "administrative": host.administrative,
        "operational": host.operational,
        "availability": host.availability,
        "invprovision": host.invprovision,
        "inv_state": host.inv_state,
        "action": "none",  # what was asked for is in ihost_action, as in StarlingX
        "ihost_action": host.ihost_action,
        "task": host.task,
        "vim_progress_status": host.vim_progress_status,
        "mgmt_mac": host.mgmt_mac,
        "mgmt_ip": host.mgmt_ip,
        "bm_type": host.bm_type,
        "bm_ip": host.bm_ip,
        "bm_username": host.bm_username,
        "serialid": host.serialid,
        "boot_device": host.boot_device,
        "rootfs_device": host.rootfs_device,
        "install_output": host.install_output,
        "console": host.console,
        "config_target": host.config_target,
        "config_applied": host.config_applied,
        "config_status": host.config_status,
        "uptime": host.uptime,
        "location": host.location,
        "capabilities": _capabilities(host, active_controller),
        "created_at": _moment(host.created_at),
        "updated_at": _moment(host.updated_at),
    }


def _capabilities(host: ListedHost, active_controller: str) -> dict[str, str]:
    if not host.is_controller:
        return {}
    return {"Personality": "Controller-Active" if host.hostname == active_controller else "Controller-Standby"}


def label_to_wire(label: Label) -> dict[str, Any]:
    """One label. The host's number is never shown, only its uuid."""
    return {
        "uuid": label.uuid,
        "host_uuid": label.host_uuid,
        "label_key": label.label_key,
        "label_value": label.label_value,
    }


def system_to_wire(system: System) -> dict[str, Any]:
    """The system, as `system show` prints it."""
    return {
        "uuid": system.uuid,
        "name": system.name,
        "system_type": system.system_type,
        "system_mode": system.system_mode,
        "description": system.description,
        "location": system.location,
        "contact": system.contact,
        "timezone": system.timezone,
        "region_name": system.region_name,
        "software_version": __version__,
        "service_project_name": "services",
        "security_feature": None,
        "distributed_cloud_role": None,
        "capabilities": {"region_config": False, "shared_services": "[]", "sdn_enabled": False, "https_enabled": False},
        "created_at": _moment(system.created_at),
        "updated_at": _moment(system.updated_at),
    }


def notice_to_wire(notice: Notice) -> Mapping[str, Any]:
    """A notice that waits, and why."""
    return {
        "id": notice.id,
        "topic": notice.topic,
        "host_uuid": notice.subject,
        "since": _moment(notice.created_at),
        "attempts": notice.attempts,
        "reason": notice.last_error or "not tried yet",
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
