"""Puts what is built into a lab's registry: what is there already is not pushed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final

from apps.openstack.images.build import archive
from apps.openstack.images.digests import repository
from apps.openstack.images.recipes import RECIPES, Recipe
from lab.ground.description import Lab
from lab.ground.progress import Progress
from lab.machine import inside
from lab.registry.publish import push
from sturnus.configuration.bare.host import HostFile

PUBLISHED: Final = "/var/lib/registry/openstack.json"
"""On the registry's own volume: `repository:tag` of what was pushed. It comes and goes with the images."""


def to_push(built: Iterable[str], published: Iterable[str]) -> list[str]:
    """`repository:tag` of what is built but not in the registry; a tag says the content, so no more has to be asked."""
    there = frozenset(published)
    return [name for name in built if name not in there]


def publish(lab: Lab, progress: Progress) -> list[str]:
    """Push what is missing; return what was pushed, as `repository:tag`.

    Raises:
        LabError: the registry does not answer or refuses.

    """
    archives = _archives()
    published = _published(lab)
    pushed = to_push(archives, published)
    for name in pushed:
        with progress.step(f"push {name} to the registry of lab {lab.name}"):
            push(lab, archive(archives[name]), name)
        published.append(name)
        # After each, so that one who is interrupted does not push again what is there.
        inside.put(lab, lab.active_controller, [HostFile(PUBLISHED, json.dumps(published, indent=1))])
    return pushed


def _archives() -> Mapping[str, Recipe]:
    return {repository(each): each for each in RECIPES if each.published and archive(each).exists()}


def _published(lab: Lab) -> list[str]:
    listed = inside.run(lab, lab.active_controller, ["sh", "-c", f"cat {PUBLISHED} 2>/dev/null || echo '[]'"])
    names: list[str] = json.loads(listed)
    return names
