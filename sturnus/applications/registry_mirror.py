"""Mirrors an application's images into the local registry. Implements `mirroring.Mirror`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sturnus.applications.images import WantedImage, images_in_manifests, wanted_images
from sturnus.applications.mirroring import Say
from sturnus.applications.preparing import Prepared
from sturnus.applications.release import ReleaseName
from sturnus.core.errors import Invalid
from sturnus.registry.mirror import ImageState, Item, Mirror, Missing, Progress

MOST_NAMED: Final = 5
"""Images that a message names."""


@dataclass(frozen=True, slots=True)
class RegistryMirror:
    """Looks into, and copies into, the registry at `registry` (HOST:PORT)."""

    registry: str
    mirror: Mirror

    async def missing(self, prepared: Prepared) -> Mapping[ReleaseName, Sequence[str]]:
        """Return the images of each release that the local registry does not have."""
        wanted = self._wanted(prepared)
        lacking = {str(each.item.local) for each in await self.mirror.missing([_item(each) for each in wanted])}
        found: dict[ReleaseName, list[str]] = {}
        for image in wanted:
            if str(image.local) in lacking:
                for release in prepared.releases:
                    if str(release.name) in image.releases:
                        found.setdefault(release.name, []).append(str(image.source))
        return found

    async def have_images(self, prepared: Prepared, say: Say) -> None:
        """Fetch those that are missing."""
        items = [_item(each) for each in self._wanted(prepared)]
        done: set[str] = set()

        def told(progress: Progress) -> None:
            if progress.state in {ImageState.COPIED, ImageState.PRESENT}:
                done.add(str(progress.image))

        await say(f"retrieving docker images: {len(items)}")
        if failed := await self.mirror.run(items, told):
            raise _cannot_be_had(failed, len(items))

    def _wanted(self, prepared: Prepared) -> tuple[WantedImage, ...]:
        """Those of releases that change: what runs has its images."""
        changed = [each for each in prepared.releases if not each.is_unchanged]
        images = {str(each.name): images_in_manifests(item.content for item in each.rendered) for each in changed}
        return wanted_images(images, self.registry)


def _item(image: WantedImage) -> Item:
    return Item(source=image.source, local=image.local)


def _cannot_be_had(failed: Sequence[Missing], total: int) -> Invalid:
    named = "; ".join(f"{each.item.source}: {each.reason}" for each in failed[:MOST_NAMED])
    more = f"; and {len(failed) - MOST_NAMED} more" if len(failed) > MOST_NAMED else ""
    return Invalid(
        f"{len(failed)} of {total} images cannot be had: {named}{more}.",
        expected="every image in the local registry, or where its name says",
        remedy="; ".join(dict.fromkeys(each.remedy for each in failed)),
    )
