"""How the story is told: a chapter's title, what is about to happen, and each command as a user would type it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import nullcontext
from enum import Enum
from pathlib import Path
from typing import Final

BOLD, DIM, GREEN, RESET = ("\033[1m", "\033[2m", "\033[32m", "\033[0m") if sys.stdout.isatty() else ("", "", "", "")
PROGRAMS: Final = Path(sys.executable).parent


class ChapterFailed(Exception):
    """A command of the story did not do what the story says."""


def title(number: int, text: str) -> None:
    """Open a chapter."""
    _write(f"\n{BOLD}── Chapter {number} · {text} ──{RESET}\n")


def say(text: str) -> None:
    """Tell what is about to happen, or what was just seen."""
    _write(f"{text}\n")


class Output(Enum):
    """What becomes of what a command prints."""

    SHOWN = None
    HIDDEN = subprocess.DEVNULL


def sourced(openrc: str) -> None:
    """Show that an openrc is read, and give its variables to the commands that follow.

    Raises:
        ChapterFailed: it could not be read.

    """
    _write(f"{GREEN}$ . {openrc}{RESET}\n")
    script = f". {shlex.quote(openrc)} && exec env -0"
    read = subprocess.run(["sh", "-c", script], capture_output=True, check=False)
    if read.returncode != 0:
        raise ChapterFailed(read.stderr.decode().strip())
    for entry in read.stdout.decode().split("\0"):
        name, _, value = entry.partition("=")
        if name.startswith("OS_"):
            os.environ[name] = value


def typed(
    command: str, output: Output = Output.SHOWN, given: Path | None = None, ends: Collection[int] = frozenset({0})
) -> None:
    """Show a command and run it, as from a shell with the project's programs in PATH; `given`: what it reads.

    Raises:
        ChapterFailed: it ended with a status that is not one of `ends`.

    """
    _write(f"{GREEN}$ {command}{'' if given is None else f' <{given}'}{RESET}\n")
    started = time.monotonic()
    with given.open() if given is not None else nullcontext() as reading:
        done = subprocess.run(shlex.split(command), env=environment(), stdin=reading, stdout=output.value, check=False)
    status = done.returncode
    took = time.monotonic() - started
    if status not in ends:
        raise ChapterFailed(f"'{command}' ended with status {status}")
    if took > 2:
        _write(f"{DIM}({took:.1f} s){RESET}\n")


def printed_by(command: str) -> str:
    """What a command prints, without showing it; empty when it fails."""
    return subprocess.run(shlex.split(command), env=environment(), capture_output=True, text=True, check=False).stdout


def environment() -> dict[str, str]:
    """The caller's, with the project's own programs first."""
    return os.environ | {"PATH": f"{PROGRAMS}:{os.environ['PATH']}"}


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
