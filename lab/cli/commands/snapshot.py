"""`lab snapshot`."""

from __future__ import annotations

import argparse
import sys

from lab.bringup.snapshot import take
from lab.ground.progress import progress_for_this_output
from lab.snapshots import store


def run(parsed: argparse.Namespace) -> None:
    """Take, list or delete snapshots."""
    name = parsed.snapshot or parsed.name
    if parsed.list:
        sys.stdout.write("".join(f"{known}\n" for known in store.names()))
    elif parsed.delete:
        store.delete(name)
    else:
        take(parsed.name, name, progress_for_this_output())
        sys.stdout.write(f"snapshot {name} is taken; lab up --name NEW --from-snapshot {name}\n")
