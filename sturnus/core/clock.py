"""Time and ids, handed in as arguments so that a test can decide what they are."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

NewId = Callable[[], str]
"""Makes a new id each time it is called."""


class Clock(Protocol):
    """What the time is."""

    def now(self) -> datetime:
        """Time of day, in UTC, with its zone."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Time of day, in UTC, with its zone."""
        return datetime.now(UTC)


def random_id() -> str:
    """Make a new UUID, random, in its usual spelling."""
    return str(uuid.uuid4())
