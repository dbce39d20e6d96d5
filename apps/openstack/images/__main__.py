"""The command: `python -m apps.openstack.images build|publish|list|record`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from apps.openstack.images import record
from apps.openstack.images.build import archive, build
from apps.openstack.images.digests import reference
from apps.openstack.images.publish import publish
from apps.openstack.images.recipes import RECIPES
from lab.ground import records
from lab.ground.errors import LabError
from lab.ground.progress import progress_for_this_output

EXPLAINED = """\
The container images of the OpenStack application. Each is named by a digest of all that goes into it (recipe, pins,
scripts, files, the image that it lies on), so what has not changed is neither built nor pushed.

  python -m apps.openstack.images build                 all that are missing (root; from nothing some minutes)
  python -m apps.openstack.images build mariadb ovn     only these and what they lie on
  python -m apps.openstack.images publish --lab lab     push what that lab's registry lacks
  python -m apps.openstack.images list                  what there is, how large, built or not
  python -m apps.openstack.images record                name to reference, JSON; also kept in the cache directory

To change an image: edit its row in recipes.py, its script under scripts/ or a version in pins.txt, then build.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 when it was done, 1 with a sentence on standard error when it could not be.

    """
    asked = _parser().parse_args(arguments)
    try:
        match asked.command:
            case "build":
                _build(asked.images)
            case "publish":
                _publish(asked.lab)
            case "list":
                _list()
            case "record":
                print(json.dumps(record.write(), indent=1))
    except LabError as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m apps.openstack.images",
        description=EXPLAINED,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    building = commands.add_parser("build", help="build what is missing, and record it")
    names = ", ".join(each.name for each in RECIPES)
    building.add_argument("images", nargs="*", metavar="IMAGE", help=f"only these (and what they lie on): of {names}")
    publishing = commands.add_parser("publish", help="push what is built to a lab's registry, if it is not there")
    publishing.add_argument("--lab", required=True, metavar="NAME", help="a lab that is up")
    commands.add_parser("list", help="what there is, how large, built or not")
    commands.add_parser("record", help="print and write the record of what is built")
    return parser


def _build(names: Sequence[str]) -> None:
    progress = progress_for_this_output()
    try:
        built = build(progress, names)
    finally:
        record.write()  # also of those that were built before one failed
    print(f"{len(built)} images built" if built else "nothing to build")


def _publish(lab: str) -> None:
    pushed = publish(records.existing(lab), progress_for_this_output())
    print(f"{len(pushed)} images pushed" if pushed else "nothing to push")


def _list() -> None:
    for each in RECIPES:
        there = archive(each)
        size = f"{there.stat().st_size / 1e6:6.0f} MB" if there.exists() else "not built"
        print(f"{reference(each):58} {size:>9}  {each.what}")


if __name__ == "__main__":
    sys.exit(main())
