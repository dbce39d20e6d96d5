"""What a lab needs to know of the machine. Only looks; what it tries, it tries in a namespace that ends with it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab.ground import paths
from lab.ground.commands import succeeds
from lab.ground.errors import LabError
from lab.images.build import archive
from lab.images.recipes import recipes
from lab.machine.cgroups import CgroupLayout, this_machine
from lab.programs.build import directory
from lab.rack.relays import NODE_PORTS, relayed_ports
from lab.rack.sockets import is_free

TOOLS: Final = {
    "buildah": "buildah",
    "busybox": "busybox",
    "catatonit": "catatonit",
    "conntrack": "conntrack",
    "docker-registry": "docker-registry",
    "ethtool": "ethtool",
    "ip": "iproute2",
    "iptables": "iptables",
    "nft": "nftables",
    "nsenter": "util-linux",
    "runc": "runc",
    "runsvdir": "runit",
    "skopeo": "skopeo",
    "socat": "socat",
    "unshare": "util-linux",
}
"""Program → the package that brings it."""
UNUSED_LOOPBACK: Final = "127.254.254.254"
VETH: Final = "ip link add veth-a type veth peer name veth-b"
CNI_PLUGINS: Final = Path("/usr/lib/cni")


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """One look at the machine."""

    user_id: int
    python: tuple[int, int]
    memory_available_mib: int
    disk_free_mib: int
    open_files: int
    layout: CgroupLayout | None  # None: no controllers at all
    filesystems: frozenset[str]
    missing_tools: frozenset[str]
    has_cni_plugins: bool
    network_works: bool | None  # None: not tried, for lack of rights
    can_impair: bool | None  # likewise
    taken_ports: frozenset[int]  # somebody listens on all addresses there, so on the lab's loopback addresses too
    programs_built: bool
    images_built: bool


def gather() -> MachineFacts:
    """Look at this machine."""
    root = os.geteuid() == 0
    return MachineFacts(
        user_id=os.geteuid(),
        python=sys.version_info[:2],
        memory_available_mib=_memory_available_mib(),
        disk_free_mib=_disk_free_mib(paths.labs()),
        open_files=os.sysconf("SC_OPEN_MAX"),
        layout=_layout(),
        filesystems=frozenset(line.split()[-1] for line in Path("/proc/filesystems").read_text().splitlines()),
        missing_tools=frozenset(tool for tool in TOOLS if not _in_path(tool)),
        has_cni_plugins=(CNI_PLUGINS / "bridge").exists() and (CNI_PLUGINS / "portmap").exists(),
        network_works=_tries([VETH, "ip link add switch0 type bridge", "nft list ruleset"]) if root else None,
        can_impair=_tries([VETH, "tc qdisc add dev veth-a root netem delay 1ms"]) if root else None,
        taken_ports=frozenset(
            port for port in sorted(relayed_ports() - set(NODE_PORTS)) if not is_free(UNUSED_LOOPBACK, port)
        ),
        programs_built=directory().is_dir(),
        images_built=_images_built(),
    )


def _memory_available_mib() -> int:
    lines = Path("/proc/meminfo").read_text().splitlines()
    values = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return values["MemAvailable"] // 1024


def _disk_free_mib(wanted: Path) -> int:
    place = next(path for path in (wanted, *wanted.parents) if path.exists())
    return shutil.disk_usage(place).free // 1024**2


def _layout() -> CgroupLayout | None:
    try:
        return this_machine()
    except LabError:
        return None


def _in_path(tool: str) -> bool:
    return shutil.which(tool, path="/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin") is not None


def _tries(commands: Iterable[str]) -> bool:
    """Whether commands work in a network namespace that is made for them and ends with them."""
    return succeeds(["unshare", "--net", "sh", "-ec", "\n".join(commands)])


def _images_built() -> bool:
    try:
        return all(archive(recipe).exists() for recipe in recipes())
    except LabError:  # a program that goes into an image is not installed: said by the check of tools
        return False
