"""One Helm operation is one process: watched, bounded in time, and ended with all that belongs to it.

Helm cannot be cancelled from inside (a cancelled operation goes on in the background and may still write `deployed`),
so it runs as a program of its own. It leads a process group and dies with the thread that started it
(`PR_SET_PDEATHSIG`); one that survives nevertheless is found at the next start by a mark in its environment. Nothing
secret is in its arguments or its environment: values go through standard input, credentials through the path of a
kubeconfig.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sturnus.core.child_process import ENDS_WITH_US
from sturnus.core.errors import Unavailable
from sturnus.core.processes import process_started
from sturnus.helm.orphans import MARK, Mark

GRACE: Final = 3.0
"""Seconds that Helm has to write `failed` into its record after SIGTERM."""
MOST_OUTPUT: Final = 64 * 1024 * 1024
"""Bytes of standard output: a chart of OpenStack-Helm with fifty hosts renders to less than half."""
MOST_LINES: Final = 400
MOST_LINE: Final = 16 * 1024
"""What is kept of standard error: its last lines, of each no more than this many characters, from both of its ends."""
AT_ONCE: Final = 4
"""Helm processes at once, of 60 to 100 MB each."""
ARGV0: Final = "helm"
"""Helm names its field manager after itself; a name that changed would be a conflict with the release before."""

_NOT_EXECUTED: Final = (126, 127)
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Ending(StrEnum):
    """How a process ended."""

    EXITED = "exited"
    """By itself; `code` says how."""
    TIMED_OUT = "timed out"
    """Its deadline passed."""
    KILLED = "killed"
    """By a signal that did not come from here."""
    OVERFLOWED = "overflowed"
    """It wrote more than `MOST_OUTPUT`."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What is left of a process."""

    ending: Ending
    code: int  # exit status; negative: the signal
    output: bytes  # standard output, if it was asked for
    complaints: tuple[str, ...]  # the last lines of standard error

    @property
    def succeeded(self) -> bool:
        """Whether it did what it was asked to."""
        return self.ending is Ending.EXITED and self.code == 0


class Output(StrEnum):
    """What becomes of standard output."""

    KEEP = "keep"
    """It is the answer."""
    DROP = "drop"
    """It repeats values, secrets among them."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where Helm's processes run: the program, the cluster, a directory of their own. One for an engine."""

    kubeconfig: Path
    home: Path  # for Helm's caches, mode 0700; kept between runs
    owner: str  # names this installation of the platform on the machine, e.g. the system's uuid
    executable: str = "helm"  # a path, or a name that is looked up in PATH
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE), compare=False)

    def environment(self, subject: str) -> dict[str, str]:
        """Nothing of the user's: Helm reads some thirty variables, kubectl's library some more."""
        directories = {f"HELM_{kind}_HOME": str(self.home / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
        mark = Mark(self.owner, os.getpid(), process_started(os.getpid()) or 0, subject)
        return {
            "PATH": os.environ.get("PATH", _PATH),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "HELM_DRIVER": "secret",
            MARK: mark.text(),
            **directories,
        }


async def run(  # noqa: PLR0913 -- what a process is made of
    ground: Ground,
    arguments: Sequence[str],
    *,
    subject: str,
    deadline: timedelta,
    values: Mapping[str, Any] | None = None,
    output: Output = Output.DROP,
    on_line: Callable[[str], None] = lambda _: None,
) -> Ended:
    """Run Helm to its end, and end it when the deadline passes or the caller is cancelled.

    `values` are what `--values -` reads. `on_line` is called with each line of standard error. `subject`, such as
    "openstack/keystone", tells people what an orphan was about. The deadline begins when the process does: waiting for
    a place among `ground.gate` is not counted.

    Raises:
        Unavailable: there is no such program.

    """
    async with ground.gate:
        ground.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        process = await _started(ground, arguments, subject, output)
        try:
            ended = await _awaited(process, values, deadline, on_line)
        finally:
            await _ended(process)
    if ended.code in _NOT_EXECUTED and ended.complaints and ended.complaints[-1].startswith("setpriv:"):
        raise _not_started(ended.complaints[-1])
    return ended


async def _started(ground: Ground, arguments: Sequence[str], subject: str, output: Output) -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *(*ENDS_WITH_US, ground.executable, "--kubeconfig", str(ground.kubeconfig)),
            *arguments,
            stdin=PIPE,
            stdout=PIPE if output is Output.KEEP else DEVNULL,
            stderr=PIPE,
            env=ground.environment(subject),
            cwd=ground.home,
            start_new_session=True,
        )
    except OSError as error:
        raise _not_started(str(error)) from error


def _not_started(why: str) -> Unavailable:
    return Unavailable(f"Helm cannot be started: {why}", expected="helm and setpriv", remedy="which helm setpriv")


async def _awaited(
    process: Process, values: Mapping[str, Any] | None, deadline: timedelta, on_line: Callable[[str], None]
) -> Ended:
    tail: deque[str] = deque(maxlen=MOST_LINES)
    ending, output = Ending.EXITED, bytearray()

    def line(text: str) -> None:
        tail.append(text)
        on_line(text)

    try:
        async with asyncio.timeout(deadline.total_seconds()), asyncio.TaskGroup() as tasks:
            tasks.create_task(_feed(process, values))
            tasks.create_task(_lines(process.stderr, line))
            tasks.create_task(_collect(process.stdout, output))
            await process.wait()
        ending = Ending.KILLED if (process.returncode or 0) < 0 else Ending.EXITED
    except TimeoutError:
        ending = Ending.TIMED_OUT
    except ExceptionGroup as failures:
        if not failures.subgroup(_Overflow):
            raise
        ending = Ending.OVERFLOWED
    return Ended(ending, process.returncode or 0, bytes(output), tuple(tail))


async def _feed(process: Process, values: Mapping[str, Any] | None) -> None:
    if process.stdin is None:
        return
    with suppress(BrokenPipeError, ConnectionResetError):  # Helm ended without reading: its status says why
        if values is not None:
            process.stdin.write(json.dumps(values).encode())  # JSON is YAML
            await process.stdin.drain()
        process.stdin.close()  # not awaited: asyncio's future for it breaks when the wait is cancelled


async def _lines(stream: asyncio.StreamReader | None, take: Callable[[str], None]) -> None:
    """Cut a stream into lines. Of one that is too long the middle is left out: what it is about stands at its ends."""
    half = MOST_LINE // 2
    rest = b""
    while stream is not None and (chunk := await stream.read(MOST_LINE)):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            take(_shortened(line, half).decode(errors="replace"))
        rest = _shortened(rest, half)
    if rest:
        take(rest.decode(errors="replace"))


def _shortened(line: bytes, half: int) -> bytes:
    return line if len(line) <= 2 * half else line[:half] + line[-half:]


class _Overflow(Exception):
    """More output than anybody asked for."""


async def _collect(stream: asyncio.StreamReader | None, output: bytearray) -> None:
    while stream is not None and (chunk := await stream.read(1024 * 1024)):
        output += chunk
        if len(output) > MOST_OUTPUT:
            raise _Overflow


async def _ended(process: Process) -> None:
    """Have nothing of it left: first in good order, then not."""
    if process.returncode is None:
        _signal(process, signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await process.wait()
    _signal(process, signal.SIGKILL)  # and whatever it started
    with suppress(TimeoutError):
        async with asyncio.timeout(GRACE):
            await process.communicate()  # what is left in the pipes, so that they close


def _signal(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # the group is named after its leader, and lives as long as any member
        os.killpg(process.pid, number)
