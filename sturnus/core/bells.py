"""Waiting for what a loop listens to, but no longer than until it looks anyway."""

from __future__ import annotations

import asyncio


async def rung_within(bell: asyncio.Event, seconds: float) -> bool:
    """Return as soon as `bell` is set, or when the time is up: then False. It stays set; whoever waited clears it."""
    try:
        async with asyncio.timeout(seconds):
            await bell.wait()
    except TimeoutError:
        return False
    return True
