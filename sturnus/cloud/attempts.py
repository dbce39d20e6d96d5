"""An attempt that many wait for. When it fails, it has failed for all of them: none tries again in turn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sturnus.core.errors import SturnusError

PAUSE: Final = 2.0
"""Seconds until somebody tries again: who waited for the attempt has heard of its end by then."""


@dataclass(slots=True)
class Attempts:
    """The latest one, if it failed."""

    _failure: SturnusError | None = None
    _until: float = 0.0  # of the loop's clock, which nobody sets back

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around an attempt. Raises what the latest one failed with, a moment ago, instead of trying."""
        clock = asyncio.get_running_loop().time
        if self._failure is not None and clock() < self._until:
            raise self._failure
        try:
            yield
        except SturnusError as error:
            self._failure, self._until = error, clock() + PAUSE
            raise
        self._failure = None
