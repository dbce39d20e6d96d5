"""An attempt that many wait for. When it fails, it has failed for all of them: none tries again in turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sturnus.core.errors import SturnusError

PAUSE: Final = 2.0
"""Seconds until somebody tries again: who waited for the attempt has heard of its end by then."""


def _of_the_loop() -> float:
    """Seconds by a clock that nobody sets back."""
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class Attempts:
    """The latest one, if it failed."""

    now: Callable[[], float] = _of_the_loop  # seconds
    _failure: SturnusError | None = None
    _until: float = 0.0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around an attempt. Raises what the latest one failed with, a moment ago, instead of trying."""
        if self._failure is not None and self.now() < self._until:
            raise self._failure
        try:
            yield
        except SturnusError as error:
            self._failure, self._until = error, self.now() + PAUSE
            raise
        self._failure = None
