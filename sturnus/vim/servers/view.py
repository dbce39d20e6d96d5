"""The cloud as the VIM sees it: servers, hosts, groups. Taken by few list calls, whatever its size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ServerStatus(StrEnum):
    """What Nova says of a server (https://docs.openstack.org/api-guide/compute/server_concepts.html)."""

    ACTIVE = "ACTIVE"
    BUILD = "BUILD"
    DELETED = "DELETED"
    ERROR = "ERROR"
    HARD_REBOOT = "HARD_REBOOT"
    MIGRATING = "MIGRATING"
    PAUSED = "PAUSED"
    REBOOT = "REBOOT"
    REBUILD = "REBUILD"
    RESCUE = "RESCUE"
    RESIZE = "RESIZE"
    REVERT_RESIZE = "REVERT_RESIZE"
    SHELVED = "SHELVED"
    SHELVED_OFFLOADED = "SHELVED_OFFLOADED"
    SHUTOFF = "SHUTOFF"
    SOFT_DELETED = "SOFT_DELETED"
    SUSPENDED = "SUSPENDED"
    UNKNOWN = "UNKNOWN"
    """Also what we have no name for."""
    VERIFY_RESIZE = "VERIFY_RESIZE"


@dataclass(frozen=True, slots=True)
class Size:
    """What a server takes of a host."""

    vcpus: int
    memory_mib: int
    disk_gib: int


@dataclass(frozen=True, slots=True)
class Server:
    """One server."""

    uuid: str
    name: str
    project: str
    host: str | None  # hostname of the compute host; None: on none (being built, shelved)
    status: ServerStatus
    task: str | None  # Nova's task_state: something is being done with it
    size: Size
    boots_from_volume: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    extra_specs: Mapping[str, str] = field(default_factory=dict)  # of its flavor
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class ComputeHost:
    """One host as Nova has it: its service, and the room that its hypervisor says."""

    hostname: str
    enabled: bool  # the operator's or the VIM's wish: new servers may come
    up: bool  # Nova hears it
    forced_down: bool  # somebody vouches that it is dead
    total: Size  # with allocation ratios
    used: Size

    @property
    def takes_servers(self) -> bool:
        """Whether Nova would put a server there."""
        return self.enabled and self.up and not self.forced_down


@dataclass(frozen=True, slots=True)
class ServerGroup:
    """Servers that shall be together or apart."""

    uuid: str
    policy: str  # affinity | anti-affinity | soft-affinity | soft-anti-affinity
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class CloudView:
    """All of it, as it was at one moment."""

    taken: datetime  # before the first request was sent: whatever changed later may not be in it
    hosts: Mapping[str, ComputeHost]
    servers: Sequence[Server]
    groups: Sequence[ServerGroup] = ()

    def on(self, hostname: str) -> list[Server]:
        """The servers of one host."""
        return [server for server in self.servers if server.host == hostname]
