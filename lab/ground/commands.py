"""Child processes: argument lists, a deadline for each, and an error that quotes what the program said."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from datetime import timedelta

from lab.ground.errors import LabError

DEFAULT_DEADLINE = timedelta(seconds=60)


class CommandFailed(LabError):
    """A program ended with a status other than 0, or not in time. `output` is all that it printed."""

    def __init__(self, argv: Sequence[str], problem: str, output: str) -> None:
        last = next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "it printed nothing")
        super().__init__(f"{' '.join(argv[:6])} {problem}", last)
        self.output = output


def run(
    argv: Sequence[str],
    *,
    stdin: str | bytes | None = None,
    deadline: timedelta = DEFAULT_DEADLINE,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run a program to its end and return its standard output.

    Raises:
        CommandFailed: status other than 0, deadline passed, or no such program.

    """
    try:
        done = subprocess.run(
            list(argv),
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            timeout=deadline.total_seconds(),
            env=None if env is None else dict(env),
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise CommandFailed(argv, f"took longer than {deadline.total_seconds():.0f} s", _text(late.stderr)) from late
    except FileNotFoundError as missing:
        raise CommandFailed(argv, "cannot be started", f"{missing.filename} is not installed: make setup") from missing
    if done.returncode != 0:
        raise CommandFailed(argv, f"ended with status {done.returncode}", _text(done.stdout) + _text(done.stderr))
    return _text(done.stdout)


def succeeds(argv: Sequence[str], *, deadline: timedelta = DEFAULT_DEADLINE) -> bool:
    """Whether a program ends with status 0 in time; what it prints is dropped."""
    try:
        run(argv, deadline=deadline)
    except CommandFailed:
        return False
    return True


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode(errors="replace")
