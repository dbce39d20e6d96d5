"""A machine that is being configured, as steps see it; and this machine."""

from __future__ import annotations

import grp
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

from sturnus.core.errors import Invalid
from sturnus.core.files import replace_file

A_MINUTE: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class HostFile:
    """A file on a host, as wanted."""

    path: str  # absolute
    content: str
    mode: int = 0o644
    group: str = "root"  # of the host's own; files are root's


class ProgramFailed(Exception):
    """A program ended with a status other than 0, or not in time. `output` is all that it printed."""

    def __init__(self, problem: str, output: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.output = output

    @property
    def reason(self) -> str:
        """The first line that speaks of an error, or the last one."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        errors = [line for line in lines if "rror" in line]
        return (errors or lines[-1:] or [self.problem])[0]


class Host(Protocol):
    """What steps do with a machine. The lab reaches in from outside; `config_controller` runs on it."""

    def run(self, argv: Sequence[str], *, deadline: timedelta = A_MINUTE) -> str:
        """Run a program to its end, as root; its standard output. ProgramFailed if it fails."""

    def put(self, files: Iterable[HostFile]) -> None:
        """Put files there, whole and with their modes."""


class ThisHost:
    """The machine that we run on."""

    def __init__(self, *held: int) -> None:
        """Take handles that programs hold as long as they run: a lock outlives whoever started them."""
        self._held = held

    def run(
        self, argv: Sequence[str], *, deadline: timedelta = A_MINUTE, secrets: Mapping[str, str] | None = None
    ) -> str:
        """Run a program; `secrets` go into its environment, which only root reads."""
        try:
            done = subprocess.run(
                list(argv),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=deadline.total_seconds(),
                check=False,
                pass_fds=self._held,
                env={**os.environ, **(secrets or {})},
            )
        except subprocess.TimeoutExpired as late:
            problem = f"{argv[0]} took longer than {deadline.total_seconds():.0f} s"
            raise ProgramFailed(problem, _text(late.stderr)) from late
        except FileNotFoundError as missing:
            raise ProgramFailed(f"{argv[0]} is not installed on this host", "") from missing
        if done.returncode != 0:
            problem = f"{argv[0]} ended with status {done.returncode}"
            raise ProgramFailed(problem, _text(done.stdout) + _text(done.stderr))
        return _text(done.stdout)

    def put(self, files: Iterable[HostFile]) -> None:
        """Each appears whole or not at all."""
        for file in files:
            path = Path(file.path)
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            replace_file(path, file.content, file.mode, user=0, group=_group(file.group))


def differing(files: Iterable[HostFile]) -> list[HostFile]:
    """Those files that are not on this machine as wanted."""
    return [file for file in files if not _holds(file)]


def _holds(file: HostFile) -> bool:
    path = Path(file.path)
    try:
        found = path.stat()
        owned = (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (0, _group(file.group), file.mode)
        return owned and path.read_text() == file.content
    except FileNotFoundError:
        return False


def _group(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise Invalid(f"there is no group {name}", expected="the group", remedy=f"groupadd --system {name}") from None


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode(errors="replace")
