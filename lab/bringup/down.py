"""`lab down`: nothing of a lab is left. It goes by what is there, so that half-built labs end too."""

from __future__ import annotations

import contextlib
import shutil
import signal
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from lab.ground import paths, records
from lab.ground.paths import LabPaths
from lab.ground.processes import ProcessRecord
from lab.ground.progress import Progress
from lab.ground.waiting import until
from lab.machine import cgroups
from lab.network import namespaces
from lab.rack import process as rack

OFF_DEADLINE: Final = timedelta(seconds=15)


def down(name: str, progress: Progress) -> None:
    """Take a lab away, with its disks."""
    with records.exclusive(name):
        _stop(LabPaths(name), progress)
        shutil.rmtree(LabPaths(name).state, ignore_errors=True)
        with contextlib.suppress(OSError):  # other labs are in it
            paths.labs().rmdir()


def down_keeping_disks(name: str, progress: Progress) -> None:
    """Take a lab away, but for its disks: `lab up` brings the same hosts back."""
    with records.exclusive(name):
        _stop(LabPaths(name), progress)


def _stop(lab_paths: LabPaths, progress: Progress) -> None:
    hosts = sorted(path for path in (lab_paths.run / "hosts").glob("*") if path.is_dir())
    with progress.step(f"lab {lab_paths.name}: power off {len(hosts)} hosts, remove their networks and cgroups"):
        # The rack first: it could be asked to power a host on again.
        rack.stop(lab_paths)
        for host in hosts:
            for part in ("supply", "init"):  # in this order: a supply could start a host again that just reboots
                if record := ProcessRecord.read(host / part):
                    record.send(signal.SIGKILL)
        for host in hosts:
            until(
                partial(_still_runs, host),
                what=f"{host.name}: power off",
                deadline=OFF_DEADLINE,
                remedy=f"see {host}/console.log",
                pause=timedelta(milliseconds=10),
            )
        for file in sorted((lab_paths.run / "net").glob("*")):
            namespaces.remove(file)
        cgroups.remove(lab_paths.name)
        shutil.rmtree(lab_paths.run, ignore_errors=True)


def _still_runs(host: Path) -> str | None:
    for part in ("init", "supply"):
        record = ProcessRecord.read(host / part)
        if record and record.alive:
            return f"process {record.pid} ({part}) still runs"
    return None
