"""A host's disk: an overlay's upper directory over the machine's root file system, and volumes beside it.

The host sees the machine's programs and libraries as if they were installed on it; what it writes is its own. What
belongs to the machine's users (`/root`, `/home`, `/opt`, a checkout) is hidden.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from lab.ground import paths
from lab.ground.description import ROUTER, Host, Lab
from lab.ground.errors import LabError
from sturnus.configuration.bare.host import HostFile

SYSTEM_FILES: Final = Path(__file__).parent / "system"

VOLUMES: Final = (
    "var/lib/containerd",
    "var/lib/etcd",
    "var/lib/kubelet",
    "var/lib/registry",
    "var/log/pods",
    "opt/local-path-provisioner",
)
"""On the real file system: container images are overlays, and an overlay on an overlay is refused."""

DEBIAN: Final = frozenset(
    ("bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "media", "mnt", "opt", "proc", "root",
     "run", "sbin", "srv", "sys", "tmp", "usr", "var")
)  # fmt: skip
HIDDEN: Final = ("home", "media", "mnt", "opt", "root", "srv", "tmp", "var/tmp", "usr/local/go")
POWER_COMMANDS: Final = ("reboot", "poweroff", "halt", "shutdown")


def exists(lab: Lab, host: Host) -> bool:
    """Whether the host has a disk that was made to the end."""
    return (lab.paths.host_state(host.name) / "made").exists()


def make(lab: Lab, host: Host) -> None:
    """Make an empty disk: an operating system with runit and a network, and nothing else. Done once."""
    if exists(lab, host):
        return
    state = lab.paths.host_state(host.name)
    shutil.rmtree(state, ignore_errors=True)
    for directory in ("upper", "work", "volumes"):
        (state / directory).mkdir(parents=True)
    upper = state / "upper"
    for directory in (*HIDDEN, *_own_directories()):
        _directory(upper, directory)
        os.setxattr(upper / directory, "trusted.overlay.opaque", b"y")
    for entry in _not_debian():
        os.mknod(upper / entry, stat.S_IFCHR, os.makedev(0, 0))  # an overlay's white-out
    _directory(upper, "usr/lib/modules")
    write(lab, host, system_files(lab, host))
    for name in POWER_COMMANDS:
        (upper / "usr/local/sbin" / name).symlink_to("/usr/local/lib/power")
    _directory(upper, "etc/service")
    (state / "made").touch()


def root(lab: Lab, host: Host) -> Path:
    """The directory of this machine that holds what a host has that this machine has not."""
    return lab.paths.host_state(host.name) / "upper"


def write(lab: Lab, host: Host, files: Iterable[HostFile]) -> None:
    """Put files on the disk of a host that is off."""
    upper = root(lab, host)
    for file in files:
        relative = file.path.lstrip("/")
        _directory(upper, str(Path(relative).parent))
        target = upper / relative
        target.unlink(missing_ok=True)
        target.write_text(file.content)
        os.chown(target, 0, _group_number(upper, file.group))
        target.chmod(file.mode)


def differing(lab: Lab, host: Host, files: Iterable[HostFile]) -> list[HostFile]:
    """Those files that the disk does not hold as wanted. Works whether the host is on or off."""
    upper = root(lab, host)
    return [file for file in files if not _holds(upper, file)]


def absent(lab: Lab, host: Host, files: Iterable[HostFile]) -> list[HostFile]:
    """Those files in whose place the disk holds nothing of its own. Works whether the host is on or off."""
    upper = root(lab, host)
    return [file for file in files if not (upper / file.path.lstrip("/")).exists()]


def _holds(upper: Path, file: HostFile) -> bool:
    target = upper / file.path.lstrip("/")
    try:
        found = target.stat()
        owned = (stat.S_IMODE(found.st_mode), found.st_gid) == (file.mode, _group_number(upper, file.group))
        return owned and target.read_text() == file.content
    except FileNotFoundError:
        return False


def _group_number(upper: Path, name: str) -> int:
    """A group as the host numbers it. LabError: nobody made it there."""
    if name == "root":
        return 0
    own = upper / "etc/group"
    for line in (own if own.exists() else Path("/etc/group")).read_text().splitlines():
        known, _, number, *_ = line.split(":")
        if known == name:
            return int(number)
    raise LabError(f"the host has no group {name}", "make it first: groupadd --system")


def service_logs(lab: Lab, host: Host) -> dict[str, Path]:
    """The logs of a host's services, by service; readable while the host is off."""
    logs = lab.paths.host_state(host.name) / "upper" / "var" / "log"
    return {path.parent.name: path for path in logs.glob("*/current")}


def system_files(lab: Lab, host: Host) -> Iterator[HostFile]:
    """What makes one host another than the next: its name, addresses and supervisor."""
    machine_id = hashlib.sha256(f"{lab.name}/{host.name}".encode()).hexdigest()[:32]
    yield HostFile("/etc/hostname", f"{host.name}\n")
    yield HostFile("/etc/machine-id", f"{machine_id}\n", 0o444)
    yield HostFile("/etc/hosts", etc_hosts(lab))
    yield HostFile("/etc/resolv.conf", f"nameserver {ROUTER}\noptions timeout:1 attempts:1\n")
    network = {"NODE_ADDRESS": f"{host.address}/24", "TUNNEL_ADDRESS": f"{host.tunnel_address}/24", "GATEWAY": ROUTER}
    yield HostFile("/etc/sturnus-lab/network", "".join(f"{name}={value}\n" for name, value in network.items()))
    for stage in ("1", "2", "3"):
        yield HostFile(f"/etc/runit/{stage}", (SYSTEM_FILES / f"runit-{stage}").read_text(), 0o755)
    yield HostFile("/etc/runit/ctrlaltdel", "#!/bin/sh\nexec reboot\n", 0o755)
    yield HostFile("/usr/local/sbin/systemctl", (SYSTEM_FILES / "systemctl").read_text(), 0o755)
    yield HostFile("/usr/local/lib/power", (SYSTEM_FILES / "power").read_text(), 0o755)


def etc_hosts(lab: Lab) -> str:
    """The names that hosts know without any server. `api.local` and `registry.local` are on the first controller."""
    controller = lab.active_controller.address
    lines = ["127.0.0.1 localhost", f"{controller} api.local registry.local"]
    lines += [f"{host.address} {host.name}" for host in lab.hosts]
    return "\n".join(lines) + "\n"


def _not_debian() -> Iterator[str]:
    """What somebody put into the machine's root directory: a checkout, for instance."""
    for entry in Path("/").iterdir():
        if entry.name not in DEBIAN:
            yield entry.name


def _own_directories() -> Iterator[str]:
    for directory in (paths.labs(), paths.cache()):
        yield str(directory).lstrip("/")


def _directory(upper: Path, relative: str) -> None:
    """A directory in the upper layer; it hides the lower one's owner and mode, so it takes them over."""
    made = upper
    for part in Path(relative).parts:
        below = Path("/") / made.relative_to(upper) / part
        made = made / part
        if made.exists():
            continue
        made.mkdir()
        if below.is_dir():
            known = below.stat()
            os.chown(made, known.st_uid, known.st_gid)
            made.chmod(stat.S_IMODE(known.st_mode))
