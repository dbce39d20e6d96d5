"""How the story is told: a chapter's title, what is about to happen, and each command as a user would type it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
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


def typed(command: str) -> None:
    """Show a command and run it, as from a shell with the project's programs in PATH.

    Raises:
        ChapterFailed: it ended with a status other than 0.

    """
    _write(f"{GREEN}$ {command}{RESET}\n")
    started = time.monotonic()
    status = subprocess.run(shlex.split(command), env=environment(), check=False).returncode
    took = time.monotonic() - started
    if status != 0:
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
