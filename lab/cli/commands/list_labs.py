"""`lab list`."""

from __future__ import annotations

import argparse
import json
import sys

from lab.bringup.look import powered
from lab.cli.tables import print_table
from lab.ground.records import every_lab


def run(parsed: argparse.Namespace) -> None:
    """Show all labs of this machine."""
    labs = every_lab()
    if parsed.format == "json":
        sys.stdout.write(json.dumps([lab.name for lab in labs]) + "\n")
        return
    rows = [(lab.name, f"{powered(lab)} of {len(lab.hosts)}", f"127.0.{lab.loopback}.0/24") for lab in labs]
    print_table(("lab", "hosts with power", "on this machine"), rows)
