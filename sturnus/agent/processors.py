"""Processors, and the memory beside them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from sturnus.agent.tree import entries, number, numbered, printable, text

PAGES: Final = {"hugepages-2048kB": "2M", "hugepages-1048576kB": "1G"}


def cpu_model(root: Path) -> str:
    """What the processor calls itself."""
    found = re.search(r"^model name\s*:\s*(.*)$", text(root / "proc/cpuinfo") or "", re.MULTILINE)
    return printable(found[1]) if found else ""


def cpus(root: Path) -> list[dict[str, Any]]:
    """Processors that are online, each with its core, socket and NUMA node."""
    nodes = _nodes_of_cpus(root)
    found = []
    for cpu, path in numbered(root / "sys/devices/system/cpu", "cpu"):
        core = number(path / "topology/core_id")
        if core is None:  # switched off: it has no place
            continue
        socket = number(path / "topology/physical_package_id") or 0
        found.append({"cpu": cpu, "core": core, "socket": socket, "node": nodes.get(cpu, 0)})
    return found


def memory_mib(root: Path) -> int:
    """All memory of the host."""
    return _total(text(root / "proc/meminfo"))


def memory_nodes(root: Path) -> list[dict[str, Any]]:
    """Memory by NUMA node; a machine that has no nodes has none listed."""
    return [
        {"node": node, "memory_mib": _total(text(path / "meminfo")), "huge_pages": _huge_pages(path / "hugepages")}
        for node, path in numbered(root / "sys/devices/system/node", "node")
    ]


def huge_pages(root: Path) -> dict[str, int]:
    """Huge pages of the host by size, sizes without pages left out."""
    return _huge_pages(root / "sys/kernel/mm/hugepages")


def cpu_list(listed: str) -> frozenset[int]:
    """Read the kernel's form of a list: `0-3,8`."""
    found: set[int] = set()
    for part in filter(None, listed.split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


def _nodes_of_cpus(root: Path) -> dict[int, int]:
    nodes = numbered(root / "sys/devices/system/node", "node")
    return {cpu: node for node, path in nodes for cpu in cpu_list(text(path / "cpulist") or "")}


def _total(meminfo: str | None) -> int:
    found = re.search(r"MemTotal:\s+(\d+) kB", meminfo or "")
    return int(found[1]) // 1024 if found else 0


def _huge_pages(directory: Path) -> dict[str, int]:
    counted = {PAGES[path.name]: number(path / "nr_hugepages") for path in entries(directory) if path.name in PAGES}
    return {size: count for size, count in counted.items() if count}
