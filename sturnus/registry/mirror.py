"""Copies the images of an application into the local registry, before anything else of it is touched.

Each image goes its own way: looked for, copied if it is missing, tried again when that may help. Nothing is remembered
between runs: what is in the registry is the state, so a run after `kill -9` copies only what is not there yet, and
layers that were sent are not sent again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from sturnus.registry.failures import Failure, FailureKind, GiveUp, RetryPolicy, TryAgain, next_attempt
from sturnus.registry.reference import ImageReference
from sturnus.registry.skopeo import Found

AT_ONCE: Final = 5
"""Copies at the same time, as upstream (reference/inventory.md §3.8)."""
LOOKS_AT_ONCE: Final = 10
_BLOB: Final = re.compile(r"Copying blob (sha256:[0-9a-f]+)(.*)")


class ImageTools(Protocol):
    """What looks at images and copies them: `skopeo.Skopeo`, or a script in tests."""

    async def look(self, image: ImageReference) -> Found | Failure:
        """Look whether an image is there."""
        ...

    async def copy(self, source: ImageReference, local: ImageReference, told: Callable[[str], None]) -> Failure | None:
        """Copy an image; None: it is there now."""
        ...


@dataclass(frozen=True, slots=True)
class Item:
    """One image to have."""

    source: ImageReference
    local: ImageReference


class ImageState(StrEnum):
    """How far an image has come."""

    LOOKING = "looking"
    """Being looked for in the local registry."""
    PRESENT = "present"
    """Was there already."""
    COPYING = "copying"
    """On its way."""
    WAITING = "waiting"
    """Failed, and is tried again soon; the reason says why."""
    COPIED = "copied"
    """Is there now."""
    FAILED = "failed"
    """Is not there; the reason says why."""


@dataclass(frozen=True, slots=True)
class Progress:
    """News of one image."""

    image: ImageReference  # in the local registry
    state: ImageState
    reason: str | None = None
    attempt: int = 0
    layers: int = 0  # that skopeo began to copy, or found there; it tells no bytes unless it writes to a terminal


@dataclass(frozen=True, slots=True)
class Missing:
    """An image that is not there once the mirror is done."""

    item: Item
    reason: str
    remedy: str


Told = Callable[[Progress], None]
Sleep = Callable[[float], Awaitable[None]]


class Mirror:
    """Brings images into the local registry. `jitter` gives a number from 0 to 1 each time."""

    def __init__(
        self,
        tools: ImageTools,
        jitter: Callable[[], float],
        policy: RetryPolicy = RetryPolicy(),  # noqa: B008 -- frozen
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._tools = tools
        self._jitter = jitter
        self._policy = policy
        self._sleep = sleep
        self._seen: set[str] = set()  # addresses by digest that were there: such an image cannot change

    async def missing(self, items: Iterable[Item]) -> list[Missing]:
        """Return the images that are not in the local registry, or of which nobody can say; nothing is copied."""
        found = await _bounded(LOOKS_AT_ONCE, [self._looked(item) for item in items])
        return [each for each in found if each is not None]

    async def run(self, items: Sequence[Item], told: Told, at_once: int = AT_ONCE) -> list[Missing]:
        """Copy what is missing, `at_once` images at a time; return what could not be had, each with why.

        One image that fails holds up no other. Cancelled: every process is killed before this returns.
        """
        found = await _bounded(at_once, [self._brought(item, told) for item in items])
        return [each for each in found if each is not None]

    async def _looked(self, item: Item) -> Missing | None:
        if (failure := await self._absent(item)) is None:
            return None
        if failure.kind is FailureKind.NOT_FOUND:
            return Missing(item, "not in the local registry", "it is copied when the application is installed")
        return _given_up(item, next_attempt(RetryPolicy(attempts=1), failure, 1, 0))

    async def _brought(self, item: Item, told: Told) -> Missing | None:
        told(Progress(item.local, ImageState.LOOKING))
        for attempt in range(1, self._policy.attempts + 1):
            failure = await self._attempt(item, attempt, told)
            if failure is None:
                return None
            decision = next_attempt(self._policy, failure, attempt, self._jitter())
            if isinstance(decision, GiveUp):
                told(Progress(item.local, ImageState.FAILED, decision.reason, attempt))
                return _given_up(item, decision)
            told(Progress(item.local, ImageState.WAITING, failure.words, attempt))
            await self._sleep(decision.after.total_seconds())
        raise AssertionError("the policy gives up at its last attempt")

    async def _attempt(self, item: Item, attempt: int, told: Told) -> Failure | None:
        absent = await self._absent(item)
        if absent is None:
            told(Progress(item.local, ImageState.PRESENT, attempt=attempt))
            return None
        if absent.kind is not FailureKind.NOT_FOUND:
            return absent
        layers: set[str] = set()

        def line(text: str) -> None:
            if (found := _BLOB.match(text)) is not None:
                layers.add(found.group(1))
                told(Progress(item.local, ImageState.COPYING, attempt=attempt, layers=len(layers)))

        told(Progress(item.local, ImageState.COPYING, attempt=attempt))
        failure = await self._tools.copy(item.source, item.local, line)
        if failure is None:
            told(Progress(item.local, ImageState.COPIED, attempt=attempt, layers=len(layers)))
        return failure

    async def _absent(self, item: Item) -> Failure | None:
        """Say why an image is not there; None if it is."""
        if item.local.digest and item.local.address in self._seen:
            return None
        found = await self._tools.look(item.local)
        if isinstance(found, Failure):
            return found
        if item.local.digest:
            self._seen.add(item.local.address)
        return None


def _given_up(item: Item, decision: GiveUp | TryAgain) -> Missing:
    assert isinstance(decision, GiveUp)  # noqa: S101 -- one attempt was allowed, and made
    return Missing(item, decision.reason, decision.remedy)


async def _bounded(at_once: int, work: Sequence[Awaitable[Missing | None]]) -> list[Missing | None]:
    turns = asyncio.Semaphore(at_once)

    async def one(each: Awaitable[Missing | None]) -> Missing | None:
        async with turns:
            return await each

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(each)) for each in work]
    return [task.result() for task in tasks]
