from __future__ import annotations

import asyncio
import sys

import pytest

from sturnus.core.child_process import output_of

pytestmark = pytest.mark.anyio
ECHO = "import sys; sys.stdout.write(sys.stdin.read())"
FOR_EVER = "import time; print('begun', flush=True); time.sleep(600)"


async def started(program: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdin=pipe, stdout=pipe)


async def test_what_it_printed_is_returned_once_it_has_ended() -> None:
    process = await started(ECHO)

    assert await output_of(process, 30, b"hello") == b"hello"
    assert process.returncode == 0


async def test_it_is_killed_when_its_time_is_over() -> None:
    process = await started(FOR_EVER)

    with pytest.raises(TimeoutError):
        await output_of(process, 0.1)

    assert process.returncode == -9


async def test_it_does_not_outlive_who_waits_for_it() -> None:
    process = await started(FOR_EVER)
    waiting = asyncio.create_task(output_of(process, 600))
    assert process.stdout is not None
    await asyncio.sleep(0)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert process.returncode == -9
