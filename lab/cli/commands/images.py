"""`lab images`."""

from __future__ import annotations

import argparse

from lab.cli.tables import print_table
from lab.ground.progress import progress_for_this_output
from lab.images.build import archive, build
from lab.images.recipes import recipes


def run(parsed: argparse.Namespace) -> None:
    """Build or list the images of the lab's Kubernetes."""
    if parsed.action == "build":
        build(progress_for_this_output())
        return
    rows = [
        (recipe.name, name, f"{archive(recipe).stat().st_size >> 20} MiB" if archive(recipe).exists() else "not built")
        for recipe in recipes()
        for name in recipe.published_as
    ]
    print_table(("image", "in the registry", "size"), rows)
