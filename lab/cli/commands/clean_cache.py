"""`lab clean-cache`."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Final

from lab.cli.tables import print_table
from lab.ground import paths, records
from lab.ground.errors import LabError

KEPT: Final = "snapshots"
"""What somebody took, and cannot be built again."""


def run(parsed: argparse.Namespace) -> None:
    """Delete what was built and downloaded for labs, but no snapshot, and say how much it was.

    Raises:
        LabError: there are labs, whose hosts run programs of it.

    """
    del parsed  # one cache for all
    if labs := records.every_lab():
        names = ", ".join(lab.name for lab in labs)
        raise LabError(f"labs use the cache: {names}", f"first: lab down --name {labs[0].name}")
    places = [each for each in sorted(paths.cache().glob("*")) if each.name != KEPT]
    if not places:
        sys.stdout.write("the cache is empty\n")
        return
    rows = [(str(each), f"{size(each) >> 20} MiB") for each in places]
    for each in places:
        shutil.rmtree(each) if each.is_dir() else each.unlink()
    print_table(("deleted", "size"), rows)


def size(place: Path) -> int:
    """Bytes of a file, or of all below a directory."""
    files = place.rglob("*") if place.is_dir() else [place]
    return sum(each.lstat().st_size for each in files if not each.is_dir() or each.is_symlink())
