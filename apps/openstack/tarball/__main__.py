"""The command: `python -m apps.openstack.tarball`."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from apps.openstack.images import record
from apps.openstack.tarball.assembling import file_name, tarball
from apps.openstack.tarball.releases import VERSION
from lab.ground.errors import LabError

CHARTS = Path(__file__).parents[1] / "charts"
EXPLAINED = """\
Makes the tarball that `system application-upload` takes: charts, manifest, and the references of the images as they are
built now. The same charts and images make the same bytes, on any machine.

  make openstack-tarball                       builds the images first, then dist/openstack-VERSION.tgz
  python -m apps.openstack.tarball --into DIR  the images are there
  python -m apps.openstack.tarball --version 2026.2-2   one to update to

The releases and the version are a table in apps/openstack/tarball/releases.py.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the tarball; 0 when it is there, 1 with a sentence on standard error when it cannot be made."""
    parser = argparse.ArgumentParser(
        prog="python -m apps.openstack.tarball",
        description=EXPLAINED,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--into", type=Path, default=Path("dist"), metavar="DIR", help="where to (default: dist)")
    parser.add_argument("--charts", type=Path, default=CHARTS, metavar="DIR", help="other charts than this checkout's")
    parser.add_argument("--version", default=VERSION, help=f"the application's, for an update (default: {VERSION})")
    asked = parser.parse_args(arguments)
    try:
        made = tarball(asked.charts, record.complete(), asked.version)
    except LabError as failed:
        print(failed, file=sys.stderr)
        return 1
    file: Path = asked.into / file_name(asked.version)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}")
    fresh.write_bytes(made)
    fresh.rename(file)
    print(f"{file}: {len(made) / 1e3:.0f} kB, sha256 {hashlib.sha256(made).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
