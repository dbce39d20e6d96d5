"""Child processes of the bootstrap: each with a deadline, none that outlives it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sturnus.core.child_process import ENDS_WITH_US
from sturnus.core.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Command:
    """A program and what it is given. Secrets go into `environment`: arguments can be read by everybody."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    deadline: timedelta


async def run(command: Command) -> str:
    """Run to the end and return what it printed. Raises Unavailable with its last lines."""
    process = await asyncio.create_subprocess_exec(
        *ENDS_WITH_US,  # or the next bootstrap would meet it
        *command.arguments,
        env=_environment(command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(command.deadline.total_seconds()):
            output, _ = await process.communicate()
    except TimeoutError:
        raise _failed(command, f"took longer than {command.deadline.total_seconds():g} s", "") from None
    finally:
        await _end(process)
    if process.returncode != 0:
        raise _failed(command, f"ended with status {process.returncode}", output.decode(errors="replace"))
    return output.decode(errors="replace")


@contextlib.asynccontextmanager
async def running(command: Command, log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Keep a program running for as long as the block does; its output goes to `log`."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *ENDS_WITH_US,
            *command.arguments,
            env=_environment(command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def _environment(command: Command) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME", "TMPDIR") if name in os.environ}
    # Keystone's libraries announce their own deprecations at every start.
    return {**kept, "PYTHONWARNINGS": "ignore", **command.environment}


def _failed(command: Command, what: str, output: str) -> Unavailable:
    name = " ".join([Path(command.arguments[0]).name, *command.arguments[-1:]])
    lines = tuple(line for line in output.splitlines() if line.strip())[-5:]
    return Unavailable(
        f"{name} {what}" + (f": {lines[-1]}" if lines else ""),
        expected="it to succeed",
        remedy="mend what its last lines name, then bootstrap again: it goes on where it was",
        details=lines,
    )
