"""`lab logs`. Reads the host's disk, so a host without power tells its story too."""

from __future__ import annotations

import argparse
import os
import sys

from lab.ground.errors import LabError
from lab.ground.records import existing
from lab.machine import disk


def run(parsed: argparse.Namespace) -> None:
    """Show the end of a service's log."""
    lab = existing(parsed.name)
    logs = disk.service_logs(lab, lab.host(parsed.host))
    if parsed.service is None:
        sys.stdout.write("".join(f"{name}\n" for name in sorted(logs)))
        return
    if parsed.service not in logs:
        known = ", ".join(sorted(logs)) or "none yet"
        raise LabError(f"{parsed.host} has no log of a service {parsed.service!r}", f"there are: {known}")
    follow = ["-F"] if parsed.follow else []
    os.execvp("tail", ["tail", "-n", str(parsed.lines), *follow, str(logs[parsed.service])])
