"""Waiting for a fact, in tests."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(look: Callable[[], T], wanted: Callable[[T], bool], seconds: float) -> T:
    """Look until what is seen is as wanted; what was seen last, in the failure, if it never is."""
    end = time.monotonic() + seconds
    while not wanted(seen := look()):
        assert time.monotonic() < end, f"after {seconds} s: {seen!r}"
        time.sleep(0.1)
    return seen
