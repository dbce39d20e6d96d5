"""Lets short work end before a cancellation takes effect."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def uninterrupted(work: Coroutine[Any, Any, T]) -> T:
    """Run `work`, which must have a deadline of its own, to its end even if the caller is cancelled meanwhile.

    For transactions of loops: one that is cut off leaves a connection in the middle of a statement, whose thread
    answers to an event loop that may be closed by then.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
