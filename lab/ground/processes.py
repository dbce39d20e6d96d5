"""Processes that the lab started, remembered so that a reused number is never mistaken for one of them."""

from __future__ import annotations

import os
import select
import signal
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """A process by number and start time (clock ticks since boot, proc(5) field 22): unique until the next boot."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> ProcessRecord | None:
        """The record of a process that runs now; None when there is none of that number, or only a zombie."""
        try:
            # After the last ')' since a program's name may hold anything.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] in {"Z", "X"} else cls(pid, int(fields[19]))

    @classmethod
    def read(cls, file: Path) -> ProcessRecord | None:
        """A record from a file of two numbers; None when the file is missing or not (yet) whole."""
        try:
            pid, started = file.read_text().split()
            return cls(int(pid), int(started))
        except (FileNotFoundError, ValueError):
            return None

    @property
    def alive(self) -> bool:
        """Whether it is that very process that runs."""
        return ProcessRecord.of(self.pid) == self

    def send(self, number: signal.Signals) -> None:
        """Signal this process; nothing happens when it has ended."""
        with _Pidfd(self) as handle:
            if handle is not None:
                signal.pidfd_send_signal(handle, number)

    def end(self, *, grace: timedelta) -> None:
        """SIGTERM, and SIGKILL after the grace; returns when the process is gone."""
        with _Pidfd(self) as handle:
            if handle is None:
                return
            signal.pidfd_send_signal(handle, signal.SIGTERM)
            if not _ended(handle, grace):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
                _ended(handle, timedelta(seconds=10))


class _Pidfd:
    """A handle on a recorded process, or None when it has ended."""

    def __init__(self, record: ProcessRecord) -> None:
        self._record = record
        self._handle: int | None = None

    def __enter__(self) -> int | None:
        try:
            handle = os.pidfd_open(self._record.pid)
        except ProcessLookupError:
            return None
        # Looked at after opening: from here on the number cannot be given to another process unseen.
        if not self._record.alive:
            os.close(handle)
            return None
        self._handle = handle
        return handle

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            os.close(self._handle)


def _ended(handle: int, grace: timedelta) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(grace.total_seconds() * 1000))
