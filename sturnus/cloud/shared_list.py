"""A list that many hosts ask for at the same time: fetched once for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from sturnus.core.attempts import Attempts

GOOD_FOR: Final = 1.0
"""Seconds."""

T = TypeVar("T")


@dataclass(slots=True)
class SharedList(Generic[T]):
    """The latest one, for a moment."""

    fetch: Callable[[], Awaitable[T]]
    latest: T | None = None  # whatever its age; None: never fetched
    _good_until: float = 0.0
    _changes: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _attempts: Attempts = field(default_factory=Attempts)

    async def get(self) -> T:
        """The list, at most `GOOD_FOR` old, and no older than the last `drop`. Raises as `fetch`."""
        async with self._turn:
            now = asyncio.get_running_loop().time()
            if self.latest is not None and now < self._good_until:
                return self.latest
            changes = self._changes
            with self._attempts.one():
                found = self.latest = await self.fetch()
            if changes == self._changes:  # else something changed while it was on its way
                self._good_until = now + GOOD_FOR
            return found

    def drop(self) -> None:
        """Something was changed: whoever looks now wants to see it."""
        self._changes += 1
        self._good_until = 0.0
