"""Starting and ending the rack, from outside of it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from lab.ground.description import Lab
from lab.ground.errors import LabError
from lab.ground.paths import LabPaths
from lab.ground.processes import ProcessRecord
from lab.ground.waiting import until

BMC_PORT: Final = 443
BMC_OUTSIDE_PORT: Final = 8443
"""Where a controller listens on its host's loopback address."""
START_DEADLINE: Final = timedelta(seconds=30)
END_GRACE: Final = timedelta(seconds=3)


class Served(BaseModel):
    """What a rack does: written by the rack once it does it, and read by whoever waits for that."""

    model_config = ConfigDict(frozen=True)

    lab: Lab
    failed: tuple[str, ...] = ()  # a sentence for each address that it could not open


def record_file(paths: LabPaths) -> Path:
    """Who the rack is: its process."""
    return paths.run / "rack"


def served_file(paths: LabPaths) -> Path:
    """What the rack serves (`Served`)."""
    return paths.run / "rack.serves"


def running(lab: Lab) -> bool:
    """Whether the lab has a rack."""
    record = ProcessRecord.read(record_file(lab.paths))
    return bool(record and record.alive)


def start(lab: Lab) -> None:
    """Have a rack that serves this lab as it is described now, and wait until it does.

    A rack that could not open an address tries again; `not_served` names those that stay closed.

    Raises:
        LabError: it ended, or does not serve the lab in time.

    """
    record = ProcessRecord.read(record_file(lab.paths))
    if record is None or not record.alive:
        served_file(lab.paths).unlink(missing_ok=True)
        with _spawned(lab) as has_ended:
            _await_served(lab, has_ended)
    elif served(lab) != Served(lab=lab):
        record.send(signal.SIGHUP)
        _await_served(lab, lambda: not record.alive)


def stop(paths: LabPaths) -> None:
    """End the rack, if there is one."""
    if record := ProcessRecord.read(record_file(paths)):
        record.end(grace=END_GRACE)
    for file in (record_file(paths), served_file(paths)):
        file.unlink(missing_ok=True)


def not_served(lab: Lab) -> tuple[str, ...]:
    """What the rack should relay or listen on, and could not: a sentence each, with what to do."""
    known = served(lab)
    return known.failed if known else ()


def served(lab: Lab) -> Served | None:
    """What the lab's rack last said that it serves; None when it never did."""
    try:
        return Served.model_validate_json(served_file(lab.paths).read_text())
    except (FileNotFoundError, ValidationError):
        return None


@contextmanager
def _spawned(lab: Lab) -> Iterator[Callable[[], bool]]:
    """Start the program, detached from terminal and parent. Yields whether it has ended."""
    lab.paths.run.mkdir(parents=True, exist_ok=True)
    # The program inherits one end of a pipe and never uses it: the other end tells when the program is gone.
    reading, inherited = os.pipe()
    try:
        with lab.paths.rack_log.open("ab") as output:
            # From "/", so that no file system is kept busy and no `lab` in the current directory is imported.
            subprocess.run(
                ["setsid", "--fork", sys.executable, "-m", "lab.rack", lab.name],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[inherited],
                cwd="/",
                timeout=5,
                check=True,
            )
        os.close(inherited)
        yield lambda: bool(select.select([reading], [], [], 0)[0])
    finally:
        os.close(reading)


def _await_served(lab: Lab, has_ended: Callable[[], bool]) -> None:
    log = lab.paths.rack_log

    def missing() -> str | None:
        known = served(lab)
        if known and known.lab == lab:
            return None
        if has_ended():
            last = next((line for line in reversed(log.read_text().splitlines()) if line.strip()), "it said nothing")
            raise LabError(f"the rack of lab {lab.name} ended: {last}", f"see {log}")
        return "it does not serve the lab yet"

    until(
        missing,
        what=f"rack of lab {lab.name}",
        deadline=START_DEADLINE,
        remedy=f"see {log}",
        pause=timedelta(milliseconds=20),
    )
