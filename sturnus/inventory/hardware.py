"""What a host reports of itself, as far as decisions depend on it (reference/inventory.md §1.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

NOVA_LOCAL: Final = "nova-local"
"""The volume group that holds servers' disks."""
INSTANCES: Final = "instances"
"""The file system that may hold them instead."""
READY: Final = frozenset({"adding", "provisioned"})
"""States of a volume group that will be there after the unlock."""


@dataclass(frozen=True, slots=True)
class VolumeGroup:
    """One group of disks."""

    state: str
    physical_volumes: int


@dataclass(frozen=True, slots=True)
class Hardware:
    """Facts that checks ask for. None: not reported, so nothing can be said about it."""

    huge_pages: Mapping[str, int] | None  # pages of users by size: {"2M": 512, "1G": 4}
    volume_groups: Mapping[str, VolumeGroup] | None
    filesystems: frozenset[str] | None


def read(reported: Mapping[str, Any]) -> Hardware:
    """Read what was stored from a report, whose form the API has checked."""
    groups = reported.get("volume_groups")
    filesystems = reported.get("filesystems")
    return Hardware(
        huge_pages=reported.get("huge_pages"),
        volume_groups=None if groups is None else {name: VolumeGroup(**group) for name, group in groups.items()},
        filesystems=None if filesystems is None else frozenset(filesystems),
    )
