"""`lab programs`."""

from __future__ import annotations

import argparse

from lab.cli.tables import print_table
from lab.ground.progress import progress_for_this_output
from lab.programs import build
from lab.programs.catalogue import catalogue


def run(parsed: argparse.Namespace) -> None:
    """Build or list the lab's programs."""
    if parsed.action == "build":
        build.build(progress_for_this_output())
        return
    rows = [(program.name, program.package, str(build.kept(program))) for program in catalogue()]
    print_table(("program", "built from", "kept as"), rows)
