"""The command: `python -m apps.sturnus [--into DIR]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from apps.sturnus.image import build
from lab.ground.errors import LabError
from lab.ground.progress import progress_for_this_output


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the image.

    Returns:
        0 and its path on standard output; 1 with a sentence on standard error when it could not be built.

    """
    parser = argparse.ArgumentParser(
        prog="python -m apps.sturnus", description="Builds the platform's own image, as an OCI archive. Run it as root."
    )
    parser.add_argument("--into", type=Path, default=Path("dist"), metavar="DIR", help="(%(default)s)")
    given = parser.parse_args(arguments)
    try:
        print(build(given.into.resolve(), progress_for_this_output()))
    except LabError as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
