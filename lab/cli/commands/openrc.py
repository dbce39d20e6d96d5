"""`lab openrc`."""

from __future__ import annotations

import argparse
import sys

from lab.ground.errors import LabError
from lab.ground.records import existing


def run(parsed: argparse.Namespace) -> None:
    """Print the path of the platform's openrc, as it works on this machine."""
    lab = existing(parsed.name)
    if not lab.paths.openrc.exists():
        raise LabError(f"lab {lab.name} has no platform", f"lab platform install --name {lab.name}")
    sys.stdout.write(f"{lab.paths.openrc}\n")
