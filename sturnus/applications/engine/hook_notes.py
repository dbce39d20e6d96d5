"""Tells which hook of a release runs, and why it has not ended: `hook 3/11 keystone-db-sync: pod ... cannot pull`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from sturnus.applications.engine.hands import Note
from sturnus.helm.operations import HookProgress


class HookEyes(Protocol):
    """What is seen of hooks."""

    def listen(self) -> asyncio.Event:
        """What the next change in the cluster sets."""
        ...

    def hook_trouble(self, namespace: str, kind: str, name: str) -> str | None:
        """Why a hook has not ended yet; None: nothing is known of it."""
        ...


@asynccontextmanager
async def hook_notes(namespace: str, eyes: HookEyes, note: Note) -> AsyncIterator[Callable[[HookProgress], None]]:
    """Give what is called with each hook that begins; until the block ends, what is heard of it is noted."""
    teller = _Teller(namespace, eyes, note)
    note("helm works on its objects")
    telling = asyncio.create_task(teller.run(), name="hook notes")
    try:
        yield teller.begins
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


class _Teller:
    def __init__(self, namespace: str, eyes: HookEyes, note: Note) -> None:
        self._namespace = namespace
        self._eyes = eyes
        self._note = note
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
        trouble = self._eyes.hook_trouble(self._namespace, now.hook.kind, now.hook.name)
        told = f"hook {now.number}/{now.total} {now.hook.name}"
        self._note(told if trouble is None else f"{told}: {trouble}")
