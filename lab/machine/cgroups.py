"""A host's share of the machine: one cgroup per hierarchy (version 1) or one at all (version 2)."""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final

from lab.ground.description import Host, Lab
from lab.ground.errors import LabError

MOUNT: Final = Path("/sys/fs/cgroup")
WANTED: Final = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "name=systemd")
DELEGATED: Final = "+cpu +cpuset +io +memory +pids"


class CgroupVersion(IntEnum):
    """Which interface the kernel's controllers are mounted with; a hybrid counts as version 1."""

    V1 = 1
    V2 = 2


@dataclass(frozen=True, slots=True)
class CgroupLayout:
    """Where new groups go on this machine."""

    version: CgroupVersion
    bases: Mapping[str, Path]  # hierarchy (`memory`, `cpu,cpuacct`, `name=systemd`; version 2: ``) → parent of all labs

    def directories(self, lab: Lab, host: Host) -> dict[str, Path]:
        """A host's groups by hierarchy."""
        return {hierarchy: base / "sturnus-lab" / lab.name / host.name for hierarchy, base in self.bases.items()}


def layout(own_cgroups: str, mounts: str) -> CgroupLayout:
    """Work out the layout from the texts of /proc/self/cgroup and /proc/self/mounts.

    On version 1 labs stay below the cgroup of whoever starts them, so limits that hold for that one hold for them. On
    version 2 that is impossible where a process sits, so they hang below the root.

    Raises:
        LabError: no hierarchy that a host could use.

    """
    version1 = _version1_mounts(mounts)
    bases: dict[str, Path] = {}
    for line in own_cgroups.splitlines():
        _, hierarchy, path = line.split(":", 2)
        if hierarchy and any(name in WANTED for name in hierarchy.split(",")) and hierarchy in version1:
            bases[hierarchy] = version1[hierarchy] / path.lstrip("/")
    if "memory" in ",".join(bases):
        return CgroupLayout(CgroupVersion.V1, bases)
    for line in mounts.splitlines():
        if line.split()[2] == "cgroup2":
            return CgroupLayout(CgroupVersion.V2, {"": Path(line.split()[1])})
    raise LabError("no cgroup controllers are mounted", "mount cgroup2 on /sys/fs/cgroup")


def _version1_mounts(mounts: str) -> dict[str, Path]:
    """Hierarchy name, as /proc/self/cgroup has it, → mount point."""
    found: dict[str, Path] = {}
    for line in mounts.splitlines():
        _, point, kind, options = line.split()[:4]
        if kind == "cgroup":
            names = [name for name in options.split(",") if name in WANTED]
            found.setdefault(",".join(names), Path(point))
    return found


def this_machine() -> CgroupLayout:
    """The layout of the machine that this runs on."""
    return layout(Path("/proc/self/cgroup").read_text(), Path("/proc/self/mounts").read_text())


def ensure(lab: Lab, host: Host) -> CgroupLayout:
    """Make a host's groups with its memory limit. Where they are, only the limit is set."""
    found = this_machine()
    for hierarchy, directory in found.directories(lab, host).items():
        directory.mkdir(parents=True, exist_ok=True)
        if "cpuset" in hierarchy.split(","):
            for group in (directory.parent.parent, directory.parent, directory):
                for setting in ("cpuset.cpus", "cpuset.mems"):
                    (group / setting).write_text((group.parent / setting).read_text())
        if "memory" in hierarchy.split(","):
            (directory / "memory.limit_in_bytes").write_text(str(host.memory_mib * 1024**2))
        if found.version is CgroupVersion.V2:
            for group in (directory.parent.parent.parent, directory.parent.parent, directory.parent):
                (group / "cgroup.subtree_control").write_text(DELEGATED)
            (directory / "memory.max").write_text(str(host.memory_mib * 1024**2))
    return found


def remove(lab_name: str) -> None:
    """Remove all groups of a lab, with all that its pods left in them. Its hosts have to be off."""
    for base in this_machine().bases.values():
        top = base / "sturnus-lab" / lab_name
        if not top.is_dir():
            continue
        for group in sorted(top.rglob("*/"), key=lambda path: len(path.parts), reverse=True):
            _remove_group(group)
        _remove_group(top)
        with contextlib.suppress(OSError):  # other labs are below it
            top.parent.rmdir()


def memory_used_mib(lab: Lab, host: Host) -> int | None:
    """What a host's programs hold, page cache left out; None when the kernel does not say."""
    for directory in this_machine().directories(lab, host).values():
        statistics = directory / "memory.stat"
        if statistics.is_file():
            values = dict(line.split() for line in statistics.read_text().splitlines())
            return int(values.get("total_rss", values.get("anon", "0"))) // 1024**2
    return None


def _remove_group(group: Path) -> None:
    """`rmdir`, again for a moment while the last process of the group is being buried."""
    for _ in range(100):
        try:
            group.rmdir()
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            time.sleep(0.02)
        else:
            return
    raise LabError(f"cgroup {group} still holds processes", f"see {group}/cgroup.procs for what they are")
