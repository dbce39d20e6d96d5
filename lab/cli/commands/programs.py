"""`lab programs`."""

from __future__ import annotations

import argparse

from lab.cli.tables import print_table
from lab.ground.progress import progress_for_this_output
from lab.programs import build
from lab.programs.catalogue import catalogue, peers


def run(parsed: argparse.Namespace) -> None:
    """Build or list the lab's programs."""
    if parsed.action == "build":
        wanted = build.build_peers if parsed.peers else build.build
        wanted(progress_for_this_output())
        return
    programs = peers() if parsed.peers else catalogue()
    rows = [(program.name, program.package, str(build.kept(program))) for program in programs]
    print_table(("program", "built from", "kept as"), rows)
