"""Follows the hooks of a release while Helm runs them: which one, why it has not ended, and when it has worked.

`hook 3/11 keystone-db-sync: pod ... cannot pull` is for the operator. That the last hook has worked and all workloads
are ready is for the releases that come after: Helm hears of a Job's end two seconds after its container's exit.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from sturnus.applications.engine.decisions import Workloads
from sturnus.applications.engine.hands import Note, Usable
from sturnus.applications.release import ReleaseName
from sturnus.helm.operations import HookName, HookProgress

JOB = "Job"


class HookEyes(Protocol):
    """What is seen of hooks, and of what they belong to."""

    def listen(self) -> asyncio.Event:
        """What the next change in the cluster sets."""
        ...

    def hook_trouble(self, namespace: str, kind: str, name: str) -> str | None:
        """Why a hook has not ended yet; None: nothing is known of it."""
        ...

    def jobs(self, namespace: str) -> frozenset[str]:
        """The uids of the Jobs that are there now."""
        ...

    def has_worked(self, namespace: str, job: str, before: frozenset[str]) -> bool:
        """Whether a Job that is none of those `before` has done its work."""
        ...

    def workloads(self, name: ReleaseName) -> Workloads:
        """How far what this release made has come, now."""
        ...


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears of it."""

    note: Note
    usable: Usable


@asynccontextmanager
async def follow_hooks(
    name: ReleaseName, eyes: HookEyes, ears: Ears, last: HookName | None
) -> AsyncIterator[Callable[[HookProgress], None]]:
    """Give what is called with each hook that begins; until the block ends, what is heard of it is told.

    `last` is the hook after which Helm does nothing more to the cluster; None: there is none, or Helm goes on after it.
    """
    ears.note("helm works on its objects")
    under_way = _UnderWay(name, eyes, ears, last)
    telling = asyncio.create_task(under_way.run(), name=f"hooks of {name}")
    try:
        yield under_way.begins
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


class _UnderWay:
    def __init__(self, name: ReleaseName, eyes: HookEyes, ears: Ears, last: HookName | None) -> None:
        self._name = name
        self._eyes = eyes
        self._ears = ears
        self._last = last
        # Helm deletes a hook of an earlier run before it makes it anew: until that is seen, the old one is there.
        self._before = eyes.jobs(name.namespace)
        self._hook: HookProgress | None = None

    def begins(self, progress: HookProgress) -> None:
        self._hook = progress
        self._tell()

    async def run(self) -> None:
        while True:
            heard = self._eyes.listen()
            self._tell()
            await heard.wait()

    def _tell(self) -> None:
        if (now := self._hook) is None:
            return
        if self._all_is_there(now):
            self._ears.note(f"hook {now.number}/{now.total} {now.hook.name} has worked; helm has yet to hear of it")
            self._ears.usable()
            return
        trouble = self._eyes.hook_trouble(self._name.namespace, now.hook.kind, now.hook.name)
        told = f"hook {now.number}/{now.total} {now.hook.name}"
        self._ears.note(told if trouble is None else f"{told}: {trouble}")

    def _all_is_there(self, now: HookProgress) -> bool:
        """Helm runs hooks one after another: when the last one has begun, those before it have ended."""
        return (
            now.hook == self._last
            and now.hook.kind == JOB
            and self._eyes.has_worked(self._name.namespace, now.hook.name, self._before)
            and self._eyes.workloads(self._name).are_ready
        )
