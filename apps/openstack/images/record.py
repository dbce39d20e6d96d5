"""Which reference each image has: the file that charts, tarball and tests read."""

from __future__ import annotations

import json
from pathlib import Path

from apps.openstack.images.build import archive, directory
from apps.openstack.images.digests import reference
from apps.openstack.images.recipes import RECIPES
from lab.ground.errors import LabError
from lab.ground.records import replace_file


def file() -> Path:
    """Where the record is: `<cache>/openstack/images.json`."""
    return directory() / "images.json"


def current() -> dict[str, str]:
    """Name → reference of every image that is built from the recipes as they are now."""
    return {each.name: reference(each) for each in RECIPES if each.published and archive(each).exists()}


def write() -> dict[str, str]:
    """Record what is built; unchanged: nothing is written."""
    text = json.dumps(current(), indent=1) + "\n"
    if not file().exists() or file().read_text() != text:
        replace_file(file(), text)
    return current()


def complete() -> dict[str, str]:
    """The record of all images.

    Raises:
        LabError: names those that are not built.

    """
    known = current()
    if absent := [each.name for each in RECIPES if each.published and each.name not in known]:
        raise LabError(f"images are not built: {', '.join(absent)}", "make openstack-images")
    return known
