"""The lab of the cloud's tests comes up as the story tells it: bare hosts, first configuration, labels, OpenStack."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from lab.ground import records
from lab.ground.description import Lab
from tests.integration.conftest import LabCommand
from tests.integration.platform.operator import System, system_with

UNTIL_LABELLED: Final = ("hosts", "configuration", "labels")
CHECKOUT: Final = Path(__file__).parents[3]
LONGEST: Final = 3600
"""Seconds: with all images built from nothing, on a busy machine."""


def told(lab: str, *chapters: str) -> Lab:
    """Have these chapters told on a lab: what is there already is kept."""
    command = [sys.executable, "-m", "demo", *chapters, "--lab", lab]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 0, f"{' '.join(command[1:])}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return records.existing(lab)


def operator_of(lab: Lab, lab_command: LabCommand) -> System:
    """Run `system` with the credentials of a lab's openrc."""
    return system_with(lab_command("openrc", "--name", lab.name).stdout.strip())
