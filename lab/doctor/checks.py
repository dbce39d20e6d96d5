"""The judgement on a machine: every finding at once, each with what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lab.doctor.facts import TOOLS, MachineFacts
from lab.machine.cgroups import CgroupVersion

MEMORY_FOR_HOSTS_MIB: Final = 2048
DISK_FOR_HOSTS_MIB: Final = 6 * 1024
OPEN_FILES: Final = 8192
CONTROLLERS: Final = frozenset({"cpu", "cpuset", "memory", "pids"})


class Severity(StrEnum):
    """What a finding means for `lab up`."""

    FATAL = "fatal"  # no lab comes up here
    LIMITED = "limited"  # a lab comes up; something that is not its core will not work


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the machine that is not as a lab needs it."""

    severity: Severity
    problem: str
    remedy: str


Check = Callable[[MachineFacts], Finding | None]


def is_root(facts: MachineFacts) -> Finding | None:
    """Namespaces, mounts and cgroups are root's to make."""
    if facts.user_id == 0:
        return None
    return Finding(Severity.FATAL, f"you are user {facts.user_id}, not root", "sudo .venv/bin/lab …")


def python_is_new_enough(facts: MachineFacts) -> Finding | None:
    """The oldest Python that the project is written for."""
    if facts.python >= (3, 11):
        return None
    found = ".".join(map(str, facts.python))
    return Finding(Severity.FATAL, f"Python {found} is older than 3.11", "PYTHON=/path/to/python3.11 make setup")


def has_memory(facts: MachineFacts) -> Finding | None:
    """Three idle hosts with Kubernetes hold about 1 GiB; with room to do something."""
    if facts.memory_available_mib >= MEMORY_FOR_HOSTS_MIB:
        return None
    problem = f"{facts.memory_available_mib} MiB of memory are available, {MEMORY_FOR_HOSTS_MIB} are needed"
    return Finding(Severity.FATAL, problem, "end other programs, or another lab: lab list")


def has_disk(facts: MachineFacts) -> Finding | None:
    """Disks of three hosts take about 2 GiB; programs and images 0.5."""
    if facts.disk_free_mib >= DISK_FOR_HOSTS_MIB:
        return None
    problem = f"{facts.disk_free_mib} MiB of disk are free for labs, {DISK_FOR_HOSTS_MIB} are needed"
    return Finding(Severity.FATAL, problem, "make room, or set STURNUS_LAB_STATE to a directory that has it")


def has_tools(facts: MachineFacts) -> Finding | None:
    """What `make setup` installs from the distribution."""
    if not facts.missing_tools:
        return None
    packages = sorted({TOOLS[tool] for tool in facts.missing_tools})
    return Finding(Severity.FATAL, f"not installed: {', '.join(sorted(facts.missing_tools))}",
                   f"make setup, or: apt-get install {' '.join(packages)}")  # fmt: skip


def has_cni_plugins(facts: MachineFacts) -> Finding | None:
    """The pod network is made of the reference plugins."""
    if facts.has_cni_plugins:
        return None
    return Finding(Severity.FATAL, "the CNI plugins bridge and portmap are not in /usr/lib/cni",
                   "make setup, or: apt-get install containernetworking-plugins")  # fmt: skip


def has_cgroups(facts: MachineFacts) -> Finding | None:
    """The kubelet needs these controllers, and a host its memory limit."""
    if facts.layout is None:
        return Finding(Severity.FATAL, "no cgroup controllers are mounted", "mount -t cgroup2 cgroup2 /sys/fs/cgroup")
    if facts.layout.version is CgroupVersion.V2:
        return None
    found = {name for hierarchy in facts.layout.bases for name in hierarchy.split(",")}
    if missing := CONTROLLERS - found:
        return Finding(Severity.FATAL, f"cgroup controllers are not mounted: {', '.join(sorted(missing))}",
                       "mount them, or boot with systemd.unified_cgroup_hierarchy=1")  # fmt: skip
    return None


def has_overlay(facts: MachineFacts) -> Finding | None:
    """Hosts' disks and containers' images are overlays."""
    if "overlay" in facts.filesystems:
        return None
    return Finding(Severity.FATAL, "the kernel has no overlay file system", "modprobe overlay")


def has_network(facts: MachineFacts) -> Finding | None:
    """Cables are veths, switches are bridges, services are nftables rules."""
    if facts.network_works is not False:
        return None
    return Finding(Severity.FATAL, "the kernel cannot make veths, bridges or nftables rules",
                   "modprobe veth bridge nf_tables")  # fmt: skip


def has_open_files(facts: MachineFacts) -> Finding | None:
    """Each relayed port is an open file, each relayed connection two."""
    if facts.open_files >= OPEN_FILES:
        return None
    return Finding(Severity.FATAL, f"a process may open {facts.open_files} files, {OPEN_FILES} are needed",
                   f"ulimit -n {OPEN_FILES}")  # fmt: skip


def has_free_ports(facts: MachineFacts) -> Finding | None:
    """Relays listen at the ports of the hosts' services, on loopback addresses of the lab's own."""
    if not facts.taken_ports:
        return None
    ports = ", ".join(map(str, sorted(facts.taken_ports)))
    return Finding(Severity.FATAL, f"something listens on all addresses at port {ports}",
                   "end it, or have it listen on one address: ss -ltnp")  # fmt: skip


def has_programs(facts: MachineFacts) -> Finding | None:
    """Built once, from Go modules."""
    if facts.programs_built:
        return None
    return Finding(Severity.FATAL, "the lab's programs are not built", "make setup (once, about 10 minutes)")


def has_images(facts: MachineFacts) -> Finding | None:
    """Built from those programs."""
    if facts.images_built:
        return None
    return Finding(Severity.FATAL, "the lab's images are not built", "make setup, or: lab images build")


def can_impair(facts: MachineFacts) -> Finding | None:
    """For `lab delay` only."""
    if facts.can_impair is not False:
        return None
    return Finding(Severity.LIMITED, "the kernel has no netem, so cables can be cut but not slowed down",
                   "modprobe sch_netem, or do without lab delay")  # fmt: skip


CHECKS: Final[tuple[Check, ...]] = (
    is_root,  # everything else needs it
    python_is_new_enough,
    has_memory,
    has_disk,
    has_open_files,
    has_cgroups,
    has_overlay,
    has_network,
    has_tools,
    has_cni_plugins,
    has_free_ports,
    has_programs,
    has_images,
    can_impair,  # a convenience
)


def findings(facts: MachineFacts) -> list[Finding]:
    """All that is wrong, the fatal first."""
    found = [finding for check in CHECKS if (finding := check(facts))]
    return sorted(found, key=lambda finding: finding.severity is not Severity.FATAL)
