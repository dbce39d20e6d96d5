"""All that a host says of itself, read from /proc and /sys under a root. Nothing is asked of the network."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sturnus.agent import devices, network, processors
from sturnus.agent.tree import text


@dataclass(frozen=True, slots=True)
class Facts:
    """What is announced, and for how long the host has been up."""

    announcement: dict[str, Any]
    uptime: int  # seconds
    boot: str  # tells one boot of the host from another

    @property
    def body(self) -> bytes:
        """The announcement as it is sent; the same to the byte as long as nothing changed."""
        return json.dumps(self.announcement, sort_keys=True, separators=(",", ":")).encode()

    @property
    def digest(self) -> str:
        """By this the inventory knows whether it has this announcement."""
        return hashlib.sha256(self.body).hexdigest()


def read(root: Path) -> Facts | None:
    """Read everything; None while the host has no network that it could be managed by."""
    port = network.management_port(root)
    if port is None:
        return None
    announcement = {
        "hostname": text(root / "proc/sys/kernel/hostname") or "localhost",
        "mgmt_mac": port.mac,
        "mgmt_ip": port.address,
        "hardware": {
            "cpu_model": processors.cpu_model(root),
            "memory_mib": processors.memory_mib(root),
            "huge_pages": processors.huge_pages(root),
            "cpus": processors.cpus(root),
            "nodes": processors.memory_nodes(root),
            "disks": devices.disks(root),
            "ports": network.ports(root),
            "pci_devices": devices.pci_devices(root),
        },
    }
    uptime = (text(root / "proc/uptime") or "0").split(".")[0]
    return Facts(announcement, int(uptime), boot_of(root))


def boot_of(root: Path) -> str:
    """Tell one boot from another: by the kernel's number and, for hosts that share a kernel, by when pid 1 began."""
    kernel = text(root / "proc/sys/kernel/random/boot_id") or "unknown"
    # proc(5): after the program's name, which may hold anything and ends with ")", the 20th field is the start.
    after_name = (text(root / "proc/1/stat") or "").rpartition(")")[2].split()
    return f"{kernel}-{after_name[19] if len(after_name) > 19 else 0}"
