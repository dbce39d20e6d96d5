"""`lab exec`."""

from __future__ import annotations

import argparse

from lab.ground.records import existing
from lab.machine import inside


def run(parsed: argparse.Namespace) -> None:
    """Become a program on a host; its exit status is the command's."""
    lab = existing(parsed.name)
    inside.become(lab, lab.host(parsed.host), parsed.argv)
