"""Has every image of an application in the local registry before anything is touched."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol

from sturnus.applications.plan.preparing import Prepared
from sturnus.applications.release import ReleaseName

Say = Callable[[str], Coroutine[Any, Any, None]]
"""Told how far it is, in a sentence."""


class Mirror(Protocol):
    """Knows which images the local registry lacks, and fetches them."""

    async def missing(self, prepared: Prepared) -> Mapping[ReleaseName, Sequence[str]]:
        """Return the images of each release that the local registry does not have."""
        ...

    async def have_images(self, prepared: Prepared, say: Say) -> None:
        """Fetch those that are missing; what was fetched before a crash is not fetched again.

        Raises:
            Invalid: some cannot be had; the message names each, and why.

        """
        ...


class NoMirror:
    """For clusters whose hosts pull images from wherever the charts say."""

    async def missing(self, _: Prepared) -> Mapping[ReleaseName, Sequence[str]]:
        """Nobody looks."""
        return {}

    async def have_images(self, _: Prepared, _say: Say) -> None:
        """Nothing to do."""
