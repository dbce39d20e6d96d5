"""Disks and PCI devices."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sturnus.agent.tree import entries, number, printable, text

SECTOR: Final = 512
"""Bytes; the unit of /sys/block/*/size, whatever the disk's own sectors are."""


def disks(root: Path) -> list[dict[str, Any]]:
    """Disks that are devices: what is made of others (loop, RAID, volumes) or of memory is left out."""
    return [
        {
            "name": path.name,
            "size_bytes": (number(path / "size") or 0) * SECTOR,
            "rotational": number(path / "queue/rotational") == 1,
            "model": printable(text(path / "device/model")),
        }
        for path in entries(root / "sys/block")
        if (path / "device").exists()
    ]


def pci_devices(root: Path) -> list[dict[str, Any]]:
    """PCI devices by address. Numbers are in hexadecimal digits, as `lspci -n` has them."""
    found = []
    for path in entries(root / "sys/bus/pci/devices"):
        vendor, device, kind = (_digits(path / name) for name in ("vendor", "device", "class"))
        if vendor and device and kind:
            node = number(path / "numa_node")
            found.append({"address": path.name, "vendor": vendor, "device": device, "pci_class": kind, "node": node})
    return found


def _digits(path: Path) -> str:
    return (text(path) or "").removeprefix("0x").lower()
