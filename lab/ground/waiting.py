"""Waiting for a fact, with a deadline and a sentence about what was last seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from lab.ground.errors import LabError


def until(
    missing: Callable[[], str | None],
    *,
    what: str,
    deadline: timedelta,
    remedy: str,
    pause: timedelta = timedelta(milliseconds=100),
) -> None:
    """Look until `missing` has nothing left to name.

    Args:
        missing: what is not yet so, in words; None when all is as wanted.
        what: what is waited for, for the error.
        deadline: how long to look.
        remedy: what the operator can do when it does not come.
        pause: time between two looks.

    Raises:
        LabError: the deadline passed; names what was missing at the last look.

    """
    end = time.monotonic() + deadline.total_seconds()
    while (reason := missing()) is not None:
        if time.monotonic() >= end:
            raise LabError(f"{what}: not after {deadline.total_seconds():.0f} s: {reason}", remedy)
        time.sleep(pause.total_seconds())
