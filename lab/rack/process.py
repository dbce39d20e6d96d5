"""Starting and ending the rack, from outside of it."""

from __future__ import annotations

import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Final

from lab.ground.commands import run
from lab.ground.description import Lab
from lab.ground.paths import LabPaths
from lab.ground.processes import ProcessRecord
from lab.ground.waiting import until

BMC_PORT: Final = 443
BMC_OUTSIDE_PORT: Final = 8443
"""Where a controller listens on its host's loopback address."""
START_DEADLINE: Final = timedelta(seconds=30)
END_GRACE: Final = timedelta(seconds=3)


def record_file(paths: LabPaths) -> Path:
    """Who the rack is: its process."""
    return paths.run / "rack"


def following_file(paths: LabPaths) -> Path:
    """What the rack serves: the description that it last read, once it serves all of it."""
    return paths.run / "rack.follows"


def running(lab: Lab) -> bool:
    """Whether the lab has a rack."""
    record = ProcessRecord.read(record_file(lab.paths))
    return bool(record and record.alive)


def start(lab: Lab) -> None:
    """Have a rack that serves this lab as it is described now, and wait until it does."""
    record = ProcessRecord.read(record_file(lab.paths))
    if record and record.alive:
        if _serves(lab):
            return
        record.send(signal.SIGHUP)
    else:
        following_file(lab.paths).unlink(missing_ok=True)
        lab.paths.run.mkdir(parents=True, exist_ok=True)
        command = 'exec "$0" -m lab.rack "$1" >>"$2" 2>&1'
        argv = ["setsid", "--fork", "sh", "-c", command, sys.executable, lab.name, str(lab.paths.rack_log)]
        run(argv, deadline=timedelta(seconds=5))
    until(
        lambda: None if running(lab) and _serves(lab) else "it does not serve the lab yet",
        what=f"rack of lab {lab.name}",
        deadline=START_DEADLINE,
        remedy=f"see {lab.paths.rack_log}",
        pause=timedelta(milliseconds=20),
    )


def stop(paths: LabPaths) -> None:
    """End the rack, if there is one."""
    if record := ProcessRecord.read(record_file(paths)):
        record.end(grace=END_GRACE)
    record_file(paths).unlink(missing_ok=True)


def _serves(lab: Lab) -> bool:
    try:
        return Lab.model_validate_json(following_file(lab.paths).read_text()) == lab
    except (FileNotFoundError, ValueError):
        return False
