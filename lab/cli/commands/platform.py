"""`lab platform`."""

from __future__ import annotations

import argparse
import sys

from lab.ground.progress import progress_for_this_output
from lab.ground.records import exclusive, existing
from lab.platform.install import install


def run(parsed: argparse.Namespace) -> None:
    """Install the platform."""
    with exclusive(parsed.name):
        lab = existing(parsed.name)
        install(lab, progress_for_this_output())
    sys.stdout.write(f"the platform answers; try: . {lab.paths.openrc}; system host-list\n")
