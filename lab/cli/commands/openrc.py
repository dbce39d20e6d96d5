"""`lab openrc`."""

from __future__ import annotations

import argparse
import sys

from lab.ground.errors import LabError
from lab.ground.records import existing
from lab.platform.install import has_platform, write_openrc


def run(parsed: argparse.Namespace) -> None:
    """Print the path of the platform's openrc, as it works on this machine."""
    lab = existing(parsed.name)
    controller = lab.active_controller
    if not lab.paths.openrc.exists() and has_platform(lab, controller):  # config_controller's, say
        write_openrc(lab, controller)
    if not lab.paths.openrc.exists():
        raise LabError(f"lab {lab.name} has no platform", f"lab platform install --name {lab.name}")
    sys.stdout.write(f"{lab.paths.openrc}\n")
