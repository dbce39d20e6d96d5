"""Names of images by content: a digest over all that goes into one, so that nothing unchanged is built or pushed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from apps.openstack.images.recipes import PREFIX, REGISTRY, SOURCE, Recipe, recipe

BUILDER: Final = ("scripts/private-dev.sh", "scripts/layer.sh")
"""What every image is built by; a change of these rebuilds all."""
DIGITS: Final = 12

Read = Callable[[Path], bytes]


def digest(of: Recipe, read: Read = Path.read_bytes) -> str:
    """Changes when the image would: the recipe, the files it names, and whatever it lies on.

    Args:
        of: the recipe.
        read: gives a file's content.

    """
    content = hashlib.sha256()
    parent = "" if of.parent is None else digest(recipe(of.parent), read)
    described = (of.name, of.on_machine, sorted(of.users.items()), of.packages, of.inside, of.configuration, parent)
    content.update(repr(described).encode())
    for name in inputs(of):
        content.update(name.encode() + b"\0" + hashlib.sha256(read(SOURCE / name)).digest())
    return content.hexdigest()[:DIGITS]


def inputs(of: Recipe) -> tuple[str, ...]:
    """The files of this room that an image is made from, relative to it."""
    scripts = tuple(f"scripts/{script}" for script in (of.on_machine, of.inside) if script)
    return (*BUILDER, *scripts, *of.files)


def repository(of: Recipe) -> str:
    """`openstack/mariadb:0123456789ab`: what the image is called inside of any registry."""
    return f"{PREFIX}/{of.name}:{digest(of)}"


def reference(of: Recipe) -> str:
    """`registry.local:9001/openstack/mariadb:0123456789ab`: what charts write."""
    return f"{REGISTRY}/{repository(of)}"
