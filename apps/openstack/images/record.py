"""Which reference each image has: the file that charts, tarball and tests read."""

from __future__ import annotations

import json
from pathlib import Path

from apps.openstack.images import digests
from apps.openstack.images.build import archive, directory
from apps.openstack.images.recipes import RECIPES
from lab.ground.errors import LabError
from lab.ground.records import replace_file


def file() -> Path:
    """Where the record is: `<cache>/openstack/images.json`."""
    return directory() / "images.json"


def current() -> dict[str, str]:
    """Name → reference of every image that is built from the recipes as they are now."""
    return {each.name: digests.reference(each) for each in RECIPES if each.published and archive(each).exists()}


def write() -> dict[str, str]:
    """Record what was built last of each image; unchanged: nothing is written.

    An image whose recipe changed keeps its older reference until it is built anew: registries have it still.
    """
    recorded = _recorded()
    names = [each.name for each in RECIPES if each.published]
    newest = {name: reference for name in names if (reference := (recorded | current()).get(name))}
    if newest != recorded:
        replace_file(file(), json.dumps(newest, indent=1) + "\n")
    return newest


def _recorded() -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads(file().read_text())
    except FileNotFoundError:
        return {}
    return known


def complete() -> dict[str, str]:
    """The record of all images.

    Raises:
        LabError: names those that are not built.

    """
    known = current()
    if absent := [each.name for each in RECIPES if each.published and each.name not in known]:
        raise LabError(f"images are not built: {', '.join(absent)}", "make openstack-images")
    return known
