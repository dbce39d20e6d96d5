"""A program that we started, to its end."""

from __future__ import annotations

import asyncio
from typing import Final

ENDS_WITH_US: Final = ("setpriv", "--pdeathsig", "KILL", "--")
"""Put before a command: the kernel ends the program when we end, `kill -9` included, which runs no code of ours."""


async def output_of(process: asyncio.subprocess.Process, seconds: float, told: bytes | None = None) -> bytes:
    """Tell it something, and return what it printed once it has ended. It does not outlive us, however we end.

    Raises:
        TimeoutError: it took longer, and was killed.

    """
    try:
        async with asyncio.timeout(seconds):
            return (await process.communicate(told))[0]
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
