"""Which process did something, so that others on the machine can tell whether it still lives."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")


def process_started(pid: int, proc: Path = PROC) -> int | None:
    """When a process started, in clock ticks since the machine did; None if there is none, or only its remains."""
    try:
        # The second field is the program's name in parentheses, and may hold anything.
        fields = (proc / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def this_process(proc: Path = PROC) -> str:
    """Name this process as no other one is named, on any machine: `BOOT/NAMESPACE/PID/STARTED`."""
    return f"{_here(proc)}/{os.getpid()}/{process_started(os.getpid(), proc) or 0}"


def is_gone(name: str, proc: Path = PROC) -> bool:
    """Whether the process of this name, which more may follow after another `/`, has ended for certain.

    Of one of another machine, or of before this machine started, or in another container, nothing is known: False.
    """
    parts = name.split("/")
    if len(parts) < 4 or "/".join(parts[:2]) != _here(proc) or not (parts[2].isdigit() and parts[3].isdigit()):
        return False
    return process_started(int(parts[2]), proc) != int(parts[3])


def _here(proc: Path) -> str:
    """Where numbers of processes mean the same: this start of this machine, and the namespace of its processes."""
    boot = (proc / "sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}/{(proc / 'self/ns/pid').readlink().name.strip('pid:[]')}"
