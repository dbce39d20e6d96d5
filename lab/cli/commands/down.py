"""`lab down`."""

from __future__ import annotations

import argparse
import sys

from lab.bringup.down import down, down_keeping_disks
from lab.ground.description import checked_name
from lab.ground.paths import LabPaths
from lab.ground.progress import progress_for_this_output


def run(parsed: argparse.Namespace) -> None:
    """Take a lab away; that there is none is no error, since nothing of it shall be left."""
    paths = LabPaths(checked_name(parsed.name))
    if not paths.state.exists() and not paths.run.exists():
        sys.stdout.write(f"there is no lab {parsed.name}\n")
        return
    take_away = down_keeping_disks if parsed.keep_disks else down
    take_away(parsed.name, progress_for_this_output())
