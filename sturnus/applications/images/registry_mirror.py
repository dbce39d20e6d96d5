"""Mirrors an application's images into the local registry. Implements `mirroring.Mirror`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sturnus.applications.images.images import WantedImage, images_in_manifests, wanted_images
from sturnus.applications.images.mirroring import Say
from sturnus.applications.plan.preparing import Prepared
from sturnus.applications.release import ReleaseName
from sturnus.core.errors import Invalid
from sturnus.core.uninterrupted import uninterrupted
from sturnus.registry.mirror import ImageState, Item, Mirror, Missing, Progress

MOST_NAMED: Final = 5
"""Images that a message names."""
INTERVAL: Final = 0.25
"""Seconds between two pieces of news: as often as releases are reported."""


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
        news = _News(len(items))
        await say(news.sentence())
        telling = asyncio.create_task(news.tell(say), name="news of images")
        try:
            failed = await self.mirror.run(items, news.take)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
        if failed:
            raise _cannot_be_had(failed, len(items))

    def _wanted(self, prepared: Prepared) -> tuple[WantedImage, ...]:
        """Those of releases that change: what runs has its images."""
        changed = [each for each in prepared.releases if not each.is_unchanged]
        images = {str(each.name): images_in_manifests(item.content for item in each.rendered) for each in changed}
        return wanted_images(images, self.registry)


class _News:
    """How far the images have come, in one sentence, told as it changes."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._latest: dict[str, Progress] = {}
        self._changed = asyncio.Event()

    def take(self, progress: Progress) -> None:
        self._latest[str(progress.image)] = progress
        self._changed.set()

    def sentence(self) -> str:
        """`retrieving docker images: 3 of 14; HOST/nova:1: connection refused, tried again`."""
        done = sum(each.state in {ImageState.COPIED, ImageState.PRESENT} for each in self._latest.values())
        troubled = [each for each in self._latest.values() if each.state in {ImageState.WAITING, ImageState.FAILED}]
        told = f"retrieving docker images: {done} of {self._total}"
        if not troubled:
            return told
        first = troubled[0]
        what = "tried again" if first.state is ImageState.WAITING else "given up"
        more = f" (and {len(troubled) - 1} more)" if len(troubled) > 1 else ""
        return f"{told}; {first.image}: {first.reason}, {what}{more}"

    async def tell(self, say: Say) -> None:
        """Tell each new sentence until cancelled; what happens within one interval is one piece of news."""
        told = self.sentence()
        while True:
            await self._changed.wait()
            self._changed.clear()
            if (sentence := self.sentence()) != told:
                told = sentence
                await uninterrupted(say(told))
            await asyncio.sleep(INTERVAL)


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
